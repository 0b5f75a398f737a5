"""Make ``mmcv.ops`` work without its compiled module ``mmcv._ext``, on torchvision's kernels.

``pip install onedl-mmcv`` (and ``mmcv-lite``) brings the Python half of ``mmcv.ops`` without the
compiled half, and MMDetection's models don't import without it. ``import mmdigits`` therefore
offers a stand-in for ``mmcv._ext``:

===================================  ===============================================
in the stand-in                      backed by
===================================  ===============================================
``nms``, ``softnms``, ``nms_match``  ``torchvision.ops.nms`` and ``box_iou``
``roi_align_*`` (average mode)       ``torchvision::roi_align`` and its backward
``sigmoid_focal_loss_*``             ``torchvision.ops.sigmoid_focal_loss``
===================================  ===============================================

That is all that Faster R-CNN, Cascade R-CNN, RetinaNet and RTMDet use. Each function takes the
arguments of the compiled one, on any device torchvision knows, and computes float16 and bfloat16 in
float32. On a GPU, RoIAlign's backward has no deterministic kernel (mmcv has none either), and
torchvision's says so: it raises under ``torch.use_deterministic_algorithms(True)``.

Every other op can be imported, and raises ``NotImplementedError`` when called. ``RoIPool`` is among
these, because mmcv's and torchvision's lay different grids over the same RoI.

**When it goes away.** The stand-in is used only where ``mmcv._ext`` is not installed. Once it is,
the compiled module is what ``mmcv.ops`` loads and nothing here runs, except that a compiled module
which doesn't load (built for another PyTorch) is reported in one line instead of being skipped.
This package can be deleted when onedl-mmcv publishes wheels with compiled ops.

**Compiling the ops.** Building needs the installed PyTorch, a C++ compiler and, for a GPU, the
CUDA toolkit of that PyTorch (``FORCE_CUDA=1`` where the building machine shows no GPU)::

    pip install ninja "setuptools>=80" wheel packaging
    pip install --no-build-isolation --no-cache-dir --no-deps --force-reinstall onedl-mmcv

Without ``--no-build-isolation`` the build sees no PyTorch and leaves the ops out in silence;
without ``--no-cache-dir`` pip installs such an earlier build again. onedl-mmcv 2.3.6 compiles as
C++17, which the headers of PyTorch 2.13 still accept and those of 2.14 refuse: there, unpack its
source distribution, replace ``-std=c++17`` by ``-std=c++20`` in ``setup.py`` and install that
folder with the same options.
"""

from mmdigits.ops.finder import has_compiled_ops, install_stand_in

__all__ = ["has_compiled_ops", "install_stand_in"]
