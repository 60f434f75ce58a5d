from ultrasam.backends import open_vino_core


def test_openvino_is_asked_for_what_the_processor_has(monkeypatch):
    class Core:
        def get_property(self, device, name):
            assert (device, name) == ("CPU", "OPTIMIZATION_CAPABILITIES")
            return self.found

    core = Core()
    monkeypatch.setattr(open_vino_core, "core", lambda: core)
    core.found = ["FP32", "BF16", "INT8"]
    assert open_vino_core.has_bf16()
    core.found = ["FP32", "INT8", "BIN"]
    assert not open_vino_core.has_bf16()
