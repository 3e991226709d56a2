internal import Foundation
internal import HTTPTypes
internal import Signals

/// The JSON body of a request. A member that it does not know is refused, as a setting would be: a token whose
/// `expires` was taken for nothing would be valid for good.
protocol RequestBody: Decodable {
  associatedtype Member: CodingKey, CaseIterable
  /// What the body looks like, for who got it wrong.
  static var example: String { get }
}

/// Decodes the JSON body of a request.
///
/// - Throws: `Problem` that names the member that is not known, or shows what the body should be like.
func decoded<Body: RequestBody>(_ type: Body.Type, from bytes: [UInt8]) throws(Problem) -> Body {
  let data = Data(bytes)
  do {
    let names = try JSONDecoder().decode(MemberNames.self, from: data).names
    let known = Body.Member.allCases.map(\.stringValue)
    if let stranger = names.first(where: { !known.contains($0) }) { throw unknown(stranger, known) }
    return try JSONDecoder().decode(type, from: data)
  } catch let problem as Problem {
    throw problem
  } catch {
    throw Problem(.badRequest, "the body has to be JSON like \(Body.example)")
  }
}

private func unknown(_ name: String, _ known: [String]) -> Problem {
  let remedy =
    nearest(to: name, in: known).map { "did you mean \"\($0)\"?" }
    ?? "known here: \(known.joined(separator: ", "))"
  let shown = String(name.prefix(64))
  return Problem(
    .badRequest, "there is no member \"\(shown)\"; \(remedy)", field: "\(JSONPointer(tokens: [shown]))")
}

/// The names of an object's members, sorted.
private struct MemberNames: Decodable {
  var names: [String]

  init(from decoder: any Decoder) throws {
    names = try decoder.container(keyedBy: JSONName.self).allKeys.map(\.stringValue).sorted()
  }
}
