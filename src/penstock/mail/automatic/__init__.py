"""Mail that no person wrote: rules on headers, subjects and bodies."""

from __future__ import annotations

from penstock.mail.automatic.detection import automatic

__all__ = ["automatic"]
