"""One detector a file. `registry.detectors()` finds every module here that holds a `Detector`; the module's name is the detector's name."""
