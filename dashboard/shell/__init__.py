"""The frame around the pages: navigation rail, top bar, environment strip, status bar."""
