/// What becomes of what identifies people and machines, and is no secret. By default all of it stays: a bundle without
/// addresses is of little use.
package struct IdentityPolicy: Sendable, Equatable {
  /// What becomes of one kind.
  package enum Treatment: String, Sendable, CaseIterable {
    /// It stays.
    case keep
    /// A token stands for it, the same for the same under one key.
    case pseudonym
    /// A token that says no more than the kind stands for it.
    case drop
  }

  package var emails = Treatment.keep
  /// Of an IPv4 address the token's first eight letters stand for its /24, of an IPv6 address for its /64, so that
  /// neighbours stay neighbours. Loopback and unspecified addresses stay.
  package var addresses = Treatment.keep
  package var hardwareAddresses = Treatment.keep
  /// The names of `people`.
  package var persons = Treatment.keep
  /// The names of `hosts`.
  package var hostNames = Treatment.keep
  /// Digits that are a payment card by issuer and Luhn digit (ISO/IEC 7812-1).
  package var cards = Treatment.keep
  /// International bank account numbers with their right check digits (ISO 13616).
  package var bankAccounts = Treatment.keep
  /// Login names and other names of people, of at least 3 bytes; case does not matter.
  package var people: [String] = []
  /// Names of hosts, of at least 3 bytes; case does not matter.
  package var hosts: [String] = []

  package init() {}

  /// Whether nothing is to be done.
  var keepsAll: Bool {
    [emails, addresses, hardwareAddresses, persons, hostNames, cards, bankAccounts].allSatisfy { $0 == .keep }
  }
}

extension Redactor {
  /// The same redactor, which also treats identities as the policy says.
  package func applying(_ policy: IdentityPolicy) -> Redactor {
    Redactor(self, policy: policy)
  }
}
