"""What is special about a queue as a row of small badges; hover says what each means and its value."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from dashboard.look.wording import tip
from dashboard.models.queue_features import Feature
from dashboard.widgets.badge import Badge

_PER_ROW = 8


class FeatureBadges(QWidget):
    """Keeps its badges until the features change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._features: tuple[Feature, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 0)
        self._grid.setSpacing(4)
        self._grid.setColumnStretch(_PER_ROW, 1)
        self.hide()

    @property
    def features(self) -> tuple[Feature, ...]:
        """What is shown."""
        return self._features

    def show_features(self, features: tuple[Feature, ...]) -> None:
        """One badge per feature, in their order; none takes no room."""
        if features == self._features:
            return
        self._features = features
        while (item := self._grid.takeAt(0)) is not None:
            badge = item.widget()
            if badge is not None:
                badge.hide()
                badge.deleteLater()
        for place, feature in enumerate(features):
            self._grid.addWidget(_badge(feature), place // _PER_ROW, place % _PER_ROW)
        self.setVisible(bool(features))


def _badge(feature: Feature) -> Badge:
    badge = Badge(feature.badge, round=False)
    badge.setToolTip(tip(feature.words))
    badge.setAccessibleName(f"{feature.badge}: {feature.words}")
    return badge
