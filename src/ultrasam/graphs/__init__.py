"""The network as ONNX graphs, which ONNX Runtime runs and OpenVINO reads."""
