internal import Foundation
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
  internal import Glibc
#endif

/// A part of a file as the body of an answer, in memory that does not depend on its length.
///
/// Where the connection is not encrypted, the kernel sends it (sendfile(2)) and this process does not even see it.
struct FileBody: Sendable {
  /// Bytes that are handed to the kernel at a time: a client that takes less than this within `listen.write_timeout` is
  /// one that takes nothing.
  private static let regionSize = 1 << 20
  /// Bytes that are read at a time for a connection that has to be encrypted.
  private static let chunkSize = 256 << 10

  let path: String
  let range: Range<Int>
  let channel: any Channel

  /// The body; the file is opened when it is sent.
  var body: ResponseBody {
    ResponseBody(contentLength: range.count) { writer in
      let handle = try await NIOThreadPool.singleton.runIfActive { try open() }
      do {
        if try await isPlain() {
          try await send(handle)
        } else {
          var offset = range.lowerBound
          while offset < range.upperBound {
            let buffer = try await chunk(handle, from: offset)
            offset += buffer.readableBytes
            try await writer.write(buffer)
          }
        }
      } catch {
        try handle.close()
        throw error
      }
      try handle.close()
      try await writer.finish(nil)
    }
  }

  private func open() throws -> NIOFileHandle {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "open") }
    return NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
  }

  /// Whether what is written behind the HTTP encoder goes to the socket as it is.
  private func isPlain() async throws -> Bool {
    try await channel.eventLoop.submit {
      let pipeline = channel.pipeline.syncOperations
      return has(HTTPResponseEncoder.self, pipeline) && !has(NIOSSLServerHandler.self, pipeline)
    }.get()
  }

  private func has<Handler: ChannelHandler>(
    _ type: Handler.Type, _ pipeline: ChannelPipeline.SynchronousOperations
  ) -> Bool {
    do {
      _ = try pipeline.context(handlerType: type)
      return true
    } catch {
      // Thrown where there is none.
      return false
    }
  }

  /// The encoder knows the length from the head, which it has written; the bytes take the way that is behind it.
  private func send(_ handle: NIOFileHandle) async throws {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.regionSize) {
      let end = min(range.upperBound, start + Self.regionSize)
      try await channel.eventLoop.flatSubmit {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        do {
          let encoder = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
          let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: end)
          encoder.writeAndFlush(NIOAny(IOData.fileRegion(region)), promise: promise)
        } catch {
          promise.fail(error)
        }
        return promise.futureResult
      }.get()
    }
  }

  /// The next bytes for a connection that has to be encrypted.
  private func chunk(_ handle: NIOFileHandle, from offset: Int) async throws -> ByteBuffer {
    let wanted = min(Self.chunkSize, range.upperBound - offset)
    let buffer = try await NIOThreadPool.singleton.runIfActive {
      try read(handle, at: offset, count: wanted)
    }
    // The file was cut short after it was looked at: the length that was announced tells the reader.
    guard buffer.readableBytes > 0 else { throw IOError(errnoCode: EIO, reason: "pread") }
    return buffer
  }

  private func read(_ handle: NIOFileHandle, at offset: Int, count: Int) throws -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: count)
    let read = try handle.withUnsafeFileDescriptor { descriptor in
      buffer.withUnsafeMutableWritableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
    }
    guard read >= 0 else { throw IOError(errnoCode: errno, reason: "pread") }
    buffer.moveWriterIndex(forwardBy: read)
    return buffer
  }
}
