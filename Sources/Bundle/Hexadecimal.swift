private let digits = Array("0123456789abcdef".utf8)

/// Lower-case hexadecimal text of `bytes`.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
