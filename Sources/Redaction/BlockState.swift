/// What an earlier line says about the next one: a private key that is not yet at its end, a YAML block of text, a
/// name whose value follows.
///
/// Keep one for each stream of records, so that a key that was logged line by line is found whole.
package struct BlockState: Sendable, Equatable {
  enum Mode: Sendable, Equatable {
    case none
    /// Inside a private key.
    case armor(Armor)
    /// Inside a YAML block scalar of this rule, whose key stands at this column.
    case scalar(rule: Int, column: Int, signed: Bool)
    /// The value of a pair is expected on the next line.
    case value(rule: Int, strength: Key.Strength)
    /// The text of an XML element is expected on the next line.
    case content(rule: Int, strength: Key.Strength)
    /// The value of an option is expected in the next line's item.
    case item(rule: Int, strength: Key.Strength, form: ItemForm)
    /// Inside a variable of Terraform, whose default is a value of this rule.
    case variable(rule: Int, strength: Key.Strength, linesLeft: Int)
    /// Inside a quoted value of this rule that began on an earlier line.
    case quoted(Quoted)
    /// Inside the `data` of a Kubernetes Secret, whose key stands at this column.
    case secretData(column: Int, isPlain: Bool)
    /// Inside a hunk of a unified diff; whether the line before was text of a private key.
    case hunk(afterKey: Bool)
    /// Inside base64 of a private key that is cut into lines.
    case wrapped(linesLeft: Int)
    /// The rest of an overlong line is dropped.
    case dropping

    /// A comparison of two modes costs a call, and stands behind every candidate.
    var isNone: Bool {
      if case .none = self { true } else { false }
    }
  }

  /// What an item of a list begins with.
  enum ItemForm: Sendable, Equatable {
    case hyphen
    case quote
    /// The next line of a command.
    case word
  }

  struct Armor: Sendable, Equatable {
    /// Lines until the block is given up: 64 KiB of lines of 64 bytes. Lines and not bytes, since redaction
    /// changes the latter and must not change what a second pass finds.
    var linesLeft = 1024
    /// The column of the BEGIN marker.
    var column: Int
    /// Whether the block began in a line of a unified diff.
    var signed: Bool
    /// Whether something of this block was replaced already, so that the block counts once.
    var counted = false
    /// Whether each line of the key stands in a record of JSON of its own.
    var isJSON = false
  }

  struct Quoted: Sendable, Equatable {
    var rule: Int
    var quote: UInt8
    var linesLeft = 32
  }

  var mode = Mode.none
  /// Lines for which an AWS access key id is near, so that a bare secret key belongs to it.
  var linesNearAccessKey = 0

  /// Whether the next record is part of a private key. Of a stream of log messages nothing else carries over: a
  /// prompt such as `Password:` says nothing about the message after it.
  package var isInPrivateKey: Bool {
    switch mode {
    case .armor, .wrapped: true
    default: false
    }
  }

  /// The state before the first record.
  package init() {}
}
