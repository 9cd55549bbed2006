/** Offers bytes or text that were made in the page as a file to save. */
export function saveFile(
  name: string,
  content: Uint8Array<ArrayBuffer> | string,
  type: string,
): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
