"""The frame panes: pictures, boxes, tokens, the mouse."""
