"""The document and the answers that the controllers' tests use, for what is resolved from them."""

from tests.unit.app.controllers.conftest import document, result

__all__ = ["document", "result"]
