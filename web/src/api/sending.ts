/** A file on its way to the server; XMLHttpRequest, as fetch does not tell how much has been sent. */
import { ApiError } from "./failure";

/** Told the part that was sent, 0 to 1. */
export type Progress = (fraction: number) => void;

export function sent<T>(url: string, file: File, progress: Progress, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    request.onerror = () => reject(ApiError.unreachable());
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else void ApiError.of(new Response(request.responseText, { status: request.status })).then(reject);
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
