import numpy as np

from atolye.labs.hafta2_cumartesi.uygulama_02_pictures import draw_mixed, draw_techniques

IMAGES = np.zeros((3, 8, 8, 3), "uint8")


def test_a_row_for_each_technique_with_its_name():
    figure = draw_techniques({"original": IMAGES, "flip": IMAGES})
    assert len(figure.axes) == 6
    assert [axes.get_ylabel() for axes in figure.axes] == ["original", "", "", "flip", "", ""]


def test_labels_name_the_classes_that_have_a_share():
    labels = np.array([[1, 0, 0], [0.25, 0.75, 0], [0, 0.5, 0.5]])
    figure = draw_mixed({"MixUp": (IMAGES, labels)}, ("cat", "dog", "car"))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:2] == ["cat 1.00", "dog 0.75\ncat 0.25"] and len(titles[2].splitlines()) == 2
