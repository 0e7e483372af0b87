"""The report of one recording: a single HTML file, and the overlay drawn on its frames."""

from mimetic.report.data import (
    AsymmetryRow,
    ComponentView,
    FlowView,
    Picture,
    ReportData,
    Thumbnail,
)
from mimetic.report.moments import notable_moments
from mimetic.report.overlay import draw_overlay, flow_arrows
from mimetic.report.page import write_report
from mimetic.report.strip import TraceStrip

__all__ = [
    "AsymmetryRow",
    "ComponentView",
    "FlowView",
    "Picture",
    "ReportData",
    "Thumbnail",
    "TraceStrip",
    "draw_overlay",
    "flow_arrows",
    "notable_moments",
    "write_report",
]
