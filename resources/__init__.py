"""What the window is drawn with: themes, style sheet, icons, fonts. Read by :func:`dashboard.look.assets.resource`."""
