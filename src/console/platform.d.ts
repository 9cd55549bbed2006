// The types of browsers' WebCrypto refuse bytes that may be shared between threads. Ours never are.
interface SubtleCrypto {
  digest(algorithm: AlgorithmIdentifier, data: ArrayBufferView): Promise<ArrayBuffer>;
}
