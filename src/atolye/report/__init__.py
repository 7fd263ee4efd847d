"""Numbers to figures to one HTML file, in Turkish and English; a page for each training and each lab."""

from atolye.report.build import build_report
from atolye.report.chart import chart, chart_grid
from atolye.report.line_panels import line_panels
from atolye.report.page import Page

__all__ = ["Page", "build_report", "chart", "chart_grid", "line_panels"]
