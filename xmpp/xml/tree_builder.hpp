// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {

/// Turns the parser's events into a stream header and whole depth-1 elements, within the limits.
///
/// Knows nothing of expat but its way to name things: "namespace 0xFF name", a byte that UTF-8
/// never has. Every function may leave a fault, after which none may be called.
class TreeBuilder {
  public:
    static constexpr char separator = '\xFF';

    explicit TreeBuilder(const ReaderLimits& limits) : limits_(limits) {}

    void declare_namespace(const char* prefix, const char* uri);
    /// `attributes` is a null-terminated list of names and values; [begin, end) are the byte
    /// positions of the tag.
    void open(const char* name, const char** attributes, std::size_t begin, std::size_t end);
    /// `end` is the position behind the end tag.
    void close(std::size_t end);
    void text(std::string_view text, std::size_t end);

    void fail(XmlFault fault, std::string detail);
    const std::optional<XmlFault>& fault() const { return fault_; }
    const std::string& fault_detail() const { return detail_; }

    std::optional<XmlEvent> next();
    bool has_events() const { return head_ < events_.size(); }
    bool is_closed() const { return closed_; }
    bool between_stanzas() const { return depth_ == 1; }
    bool in_stream() const { return depth_ > 0; }
    /// Faults when the stanza that began somewhere before is longer than allowed at byte `end`.
    void check_size(std::size_t end);
    const ReaderLimits& limits() const { return limits_; }
    /// Frees what is empty. REQUIRES: between stanzas, and no event is left to be taken.
    void shrink();
    void set_limits(const ReaderLimits& limits) { limits_ = limits; }
    /// The stream header as an event not yet taken. REQUIRES: the stream has just been opened.
    const StreamOpened& opened() const { return std::get<StreamOpened>(events_.back()); }

  private:
    void open_stream(std::string_view name, std::string_view ns, const char** attributes);
    void open_stanza(std::string_view name, std::string_view ns, std::size_t begin);
    bool within_limits(const char** attributes, std::size_t token_bytes);
    std::string_view alias(std::string_view ns) const;

    ReaderLimits limits_;
    std::string content_ns_;  // only when it is one that comes out as jabber:client
    std::vector<std::pair<std::string, std::string>> declared_;  // on the tag about to open
    std::size_t depth_ = 0;
    std::size_t stanza_begin_ = 0;
    std::size_t elements_ = 0;
    bool closed_ = false;
    Element stanza_;
    std::vector<Element*> path_;  // from the stanza to the innermost open element
    std::vector<XmlEvent> events_;
    std::size_t head_ = 0;
    std::optional<XmlFault> fault_;
    std::string detail_;
};

}  // namespace sallyport::xmpp
