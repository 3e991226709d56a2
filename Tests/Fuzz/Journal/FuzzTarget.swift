// What libFuzzer calls with each input: it is written to a file and read as a journal, every entry and field of it,
// with the conditions that its length picks. Nothing may crash, read beyond its memory, or take long.

internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A folder of this process, in memory, with one journal file in it.
private struct Bench {
  let folder: String
  let descriptor: Int32

  init() {
    folder = "/dev/shm/exhibit-fuzz-\(getpid())"
    mkdir(folder, 0o700)
    descriptor = open(folder + "/system.journal", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      perror("cannot write below /dev/shm")
      exit(2)
    }
  }
}

private let bench = Bench()

@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard ftruncate(bench.descriptor, 0) == 0, pwrite(bench.descriptor, bytes, count, 0) == count else {
    perror("cannot write the input")
    exit(2)
  }
  for query in queries(count) { read(query) }
  return 0
}

private func queries(_ count: Int) -> [JournalQuery] {
  let always = TimeWindow(from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: .max))
  var all = JournalQuery(window: always, directory: bench.folder, fieldLimit: 1 << 16)
  all.reader = .native
  var part = all
  part.units = ["checkout.service"]
  part.identifiers = ["checkout"]
  var cut = all
  cut.fieldLimit = 40
  return count % 2 == 0 ? [all, part] : [all, cut]
}

private func read(_ query: JournalQuery) {
  do throws(JournalError) {
    var reader = try JournalReader(query)
    var sum: UInt8 = 0
    while try reader.next() != nil {
      reader.forEachField { name, value in
        // Every byte is touched, so that AddressSanitizer sees it.
        for byte in name { sum &+= byte }
        for byte in value { sum &+= byte }
      }
    }
    let coverage = reader.finish(artifact: "a")
    precondition(coverage.entries >= 0 && sum <= .max)
  } catch {
    // Only a lack of descriptors or memory is thrown, which is no input's doing.
    perror("\(error)")
    exit(2)
  }
}
