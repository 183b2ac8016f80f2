"""Data the window is drawn with: themes, style sheet, icons and fonts. Read through :func:`dashboard.look.assets.resource`."""
