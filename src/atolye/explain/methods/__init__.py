"""Ways to map where the evidence for an answer is: one a file, all with the same arguments and the same result."""

from atolye.explain.methods.eigen_cam import eigen_cam
from atolye.explain.methods.grad_cam import grad_cam
from atolye.explain.methods.grad_cam_plus_plus import grad_cam_plus_plus
from atolye.explain.methods.gradient_x_input import gradient_x_input
from atolye.explain.methods.hires_cam import hires_cam
from atolye.explain.methods.integrated_gradients import integrated_gradients
from atolye.explain.methods.layer_cam import layer_cam
from atolye.explain.methods.occlusion import occlusion
from atolye.explain.methods.rise import rise
from atolye.explain.methods.score_cam import score_cam
from atolye.explain.methods.smooth_grad import smooth_grad
from atolye.explain.methods.xgrad_cam import xgrad_cam

__all__ = [
    "eigen_cam",
    "grad_cam",
    "grad_cam_plus_plus",
    "gradient_x_input",
    "hires_cam",
    "integrated_gradients",
    "layer_cam",
    "occlusion",
    "rise",
    "score_cam",
    "smooth_grad",
    "xgrad_cam",
]
