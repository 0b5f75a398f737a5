import numpy as np

from mmdigits.datasets.transforms.views import bend_boxes, sources, warp_boxes


def test_a_turned_box_is_the_box_around_its_turned_ellipse():
    cos, sin = np.cos(np.pi / 6), np.sin(np.pi / 6)
    turn = np.array([[cos, -sin, 100], [sin, cos, 50], [0, 0, 1]])
    # Half axes 10 and 20: sqrt(75 + 100) to the sides, sqrt(25 + 300) up and down.
    expected = [[100 - 175**0.5, 50 - 325**0.5, 100 + 175**0.5, 50 + 325**0.5]]
    np.testing.assert_allclose(warp_boxes(np.array([[-10, -20, 10, 20]]), turn), expected)


def test_depth_shrinks_a_box():
    # Depth 2 at the box's middle, and nowhere changing: everything is halved.
    flat = np.diag([1.0, 1.0, 2.0])
    np.testing.assert_allclose(warp_boxes(np.array([[10, 20, 30, 60]]), flat), [[5, 10, 15, 30]])


def test_no_boxes_stay_no_boxes():
    assert warp_boxes(np.zeros((0, 4)), np.eye(3)).shape == (0, 4)
    assert bend_boxes(np.zeros((0, 4)), np.zeros((50, 80, 2))).shape == (0, 4)


def test_a_view_of_nothing_changed_shows_every_pixel_in_its_place():
    grid = sources(np.eye(3), np.zeros((3, 4, 2), np.float32))
    np.testing.assert_allclose(grid, np.stack(np.meshgrid(range(4), range(3)), axis=-1), atol=1e-6)


def test_a_bent_view_shows_what_is_as_far_away_as_its_field_says():
    # Twice as large: the view's pixel 5, its middle at 5.5, and 1 further 6.5, is 3.25 in the
    # photograph, where the first pixel's middle is .5 and counts as 0.
    field = np.zeros((10, 10, 2), np.float32)
    field[..., 0] = 1
    grid = sources(np.diag([2.0, 2.0, 1.0]), field)
    np.testing.assert_allclose(grid[5, 5], [2.75, 2.25], atol=1e-5)


def test_boxes_move_against_an_even_field():
    field = np.full((100, 100, 2), [2, -3])
    assert bend_boxes(np.array([[10.0, 20, 30, 60]]), field).tolist() == [[8, 23, 28, 63]]


def test_each_edge_moves_as_its_middle_does():
    # A tenth of x, to the right; the pixels that hold the edges' middles are 10, 30 and 20.
    field = np.zeros((100, 100, 2))
    field[..., 0] = np.arange(100) / 10
    field[20, 20, 1], field[60, 20, 1] = 4, 5
    boxes = bend_boxes(np.array([[10.4, 20.4, 30.4, 60.4]]), field)
    np.testing.assert_allclose(boxes, [[9.4, 16.4, 27.4, 55.4]])


def test_beyond_the_view_its_edge_counts():
    field = np.zeros((50, 80, 2))
    field[:, -1, 0] = 7
    boxes = bend_boxes(np.array([[70.0, 10, 200, 40]]), field)
    np.testing.assert_allclose(boxes, [[70, 10, 193, 40]])


def test_edges_that_would_change_places_meet_in_their_middle():
    field = np.zeros((50, 80, 2))
    field[:, 20, 0], field[:, 22, 0] = -5, 5
    boxes = bend_boxes(np.array([[20.4, 10, 22.4, 40]]), field)
    np.testing.assert_allclose(boxes, [[21.4, 10, 21.4, 40]])
