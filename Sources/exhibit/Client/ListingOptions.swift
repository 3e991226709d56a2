internal import ArgumentParser

/// How much of a list that comes in pages is shown.
struct ListingOptions: ParsableArguments {
  private static let pageSize = 100

  @Option(name: [.short, .long], help: ArgumentHelp("List at most so many.", valueName: "n"))
  var limit = 50

  @Flag(name: .long, help: "List all of them.")
  var all = false

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  /// Follows the cursor as far as it was asked for.
  ///
  /// - Parameter page: gives at most so many rows from a cursor on, and the next page's.
  /// - Returns: the rows, and whether there are more.
  /// - Throws: what `page` throws.
  func collect<Row>(
    _ page: (_ limit: Int, _ cursor: String?) async throws(AgentError) -> (rows: [Row], next: String?)
  ) async throws(AgentError) -> (rows: [Row], more: Bool) {
    let wanted = all ? Int.max : limit
    var rows: [Row] = []
    var cursor: String?
    repeat {
      let page = try await page(min(Self.pageSize, wanted - rows.count), cursor)
      rows += page.rows
      // A page without rows that promises more would be followed for ever.
      cursor = page.rows.isEmpty ? nil : page.next
    } while cursor != nil && rows.count < wanted
    return (Array(rows.prefix(wanted)), cursor != nil)
  }

  /// Says that the list goes on.
  func noteMore(_ more: Bool) {
    if more { Note.print("There are more: --limit or --all lists them.") }
  }
}
