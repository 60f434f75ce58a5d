"""``ultrasam serve``: the workbench in the browser."""

from __future__ import annotations

import logging
import secrets
import webbrowser
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ultrasam.cli.choices import (
    Backend,
    BackendOption,
    DeviceOption,
    InputSizeOption,
    ModelOption,
    PipelineOption,
    Precision,
    PrecisionOption,
)
from ultrasam.cli.loading import check_model, load_model
from ultrasam.cli.terminal import end_as_by_ctrl_c, err, leave_work_unfinished, out

if TYPE_CHECKING:
    from ultrasam.server.settings import Settings

_MB = 2**20


def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of images, cines and volumes. Without it: uploads only.")
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where annotations and uploads are kept. Default: .ultrasam in FOLDER; without one, the user's data.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; where it is taken, one of the next nine.")] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ULTRASAM_TOKEN",
            metavar="TEXT|auto",
            help="What browsers and clients must know, 16 characters or more; auto makes one.",
        ),
    ] = None,
    certificate: Annotated[Path | None, typer.Option(metavar="PEM", help="Certificate, for https.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="PEM", help="Key of the certificate.")] = None,
    max_upload: Annotated[int, typer.Option(min=1, metavar="MB", help="Largest file that is taken.")] = 2048,
    memory: Annotated[int, typer.Option(min=1, metavar="MB", help="Memory for encoded images.")] = 512,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    model: ModelOption = None,
    pipeline: PipelineOption = None,
    device: DeviceOption = "auto",
    backend: BackendOption = Backend.torch,
    precision: PrecisionOption = Precision.fp32,
    input_size: InputSizeOption = None,
) -> None:
    """Outline structures in the browser by clicking; for one's own use, or for a team that makes a data set.

    Nothing leaves this machine. Ctrl-C ends it; annotations are saved as one goes.
    """
    from ultrasam.server.settings import Settings, default_project

    settings = Settings(
        folder=folder,
        project=project or default_project(folder),
        host=host,
        port=port,
        token=secrets.token_urlsafe(24) if token == "auto" else token,
        certificate=certificate,
        key=key,
        max_upload_bytes=max_upload * _MB,
        embeddings_bytes=memory * _MB,
    )
    from ultrasam.server.running import check_certificate, listen, serve
    from ultrasam.server.workbench import Workbench

    if certificate is not None and key is not None:
        check_certificate(certificate, key)
    check_model(model, device=device, backend=backend, precision=precision, input_size=input_size)
    load = partial(
        load_model,
        model,
        pipeline=pipeline,
        device=device,
        backend=backend,
        precision=precision,
        compiled=False,
        input_size=input_size,
    )
    logging.getLogger("ultrasam").setLevel(logging.INFO)
    end_as_by_ctrl_c()
    try:
        with closing(listen(settings)) as listening, closing(Workbench(settings, load)) as workbench:
            port = listening.getsockname()[1]
            if settings.port not in (0, port):
                err.print(f"Port {settings.port} is taken.")
            if not settings.is_loopback and settings.certificate is None:
                err.print("Without --certificate the network between can read the token and the images.")
            serve(workbench, listening, partial(_tell, settings, port, browser))
    except KeyboardInterrupt:
        err.print("ultrasam: stopped; all annotations are saved.")
    leave_work_unfinished()


def _tell(settings: Settings, port: int, browser: bool) -> None:
    token = "" if settings.token is None else f"?token={settings.token}"
    images = "uploads" if settings.folder is None else str(settings.folder)
    address, elsewhere = f"{settings.address(port)}{token}", settings.address_elsewhere(port)
    out.print(f"Workbench for {images}: {address}  (Ctrl-C ends it)", markup=False)
    if elsewhere is not None:
        out.print(f"On other machines: {elsewhere}{token}", markup=False)
    if browser:
        webbrowser.open(address)
