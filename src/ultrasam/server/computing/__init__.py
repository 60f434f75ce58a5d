"""What the model does for pages and clients: one thread, a queue, embeddings that are kept, the browser's decoder."""

from ultrasam.server.computing.answering import Answering
from ultrasam.server.computing.decoder_graph import DecoderGraph
from ultrasam.server.computing.embeddings import Embeddings
from ultrasam.server.computing.job import Job, Place, Priority
from ultrasam.server.computing.queue import ModelQueue

__all__ = ["Answering", "DecoderGraph", "Embeddings", "Job", "ModelQueue", "Place", "Priority"]
