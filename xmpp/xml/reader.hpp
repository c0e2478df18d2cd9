// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "xmpp/core/element.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport::xmpp {

/// Bounds on what a peer may make us hold or compute. xmpp.md §5; bytes unless said otherwise.
struct ReaderLimits {
    std::size_t stanza_bytes = 512 * 1024;
    std::size_t token_bytes = 64 * 1024;  ///< one tag with its attributes
    std::size_t depth = 64;               ///< below the stream element
    std::size_t elements = 10'000;        ///< in one stanza
    std::size_t attributes = 64;          ///< of one element
    std::size_t namespaces = 16;          ///< declared on one element
};

/// The stream's own start tag.
struct StreamOpened {
    Element header;  ///< attributes only (no xmlns); ns() is the stream namespace
    std::string
        default_ns;  ///< the content namespace: the default xmlns of the header, "" when none
    std::vector<std::pair<std::string, std::string>>
        prefixes;  ///< all declared prefixes with their namespaces
};
struct StreamClosed {};
using XmlEvent = std::variant<StreamOpened, Element, StreamClosed>;

/// Why reading stopped, as the stream error to send (RFC 6120 §4.9.3).
enum class XmlFault {
    not_well_formed,
    restricted_xml,
    unsupported_encoding,
    policy_violation,
    bad_namespace_prefix,  ///< a prefix that nobody declared
    bad_format             ///< text between stanzas
};

/// Push parser over expat: bytes in, the stream header, whole depth-1 elements, and the end of the
/// stream out.
///
/// Refuses DTDs, processing instructions, comments, foreign encodings and everything over the
/// limits (RFC 6120 §11). Feeding any split of the same bytes gives the same events, each at its
/// last byte, at a cost linear in the bytes. After a fault, and after the end of the stream, all
/// calls do nothing. On a component or server stream (jabber:component:accept, jabber:server)
/// elements of the content namespace come out in jabber:client at every level, so that the rest of
/// the program knows one namespace of stanzas. Attributes in a namespace are dropped, except
/// xml:lang, which is named so.
class XmlReader {
  public:
    explicit XmlReader(ReaderLimits limits = {});
    ~XmlReader();
    XmlReader(XmlReader&&) noexcept;
    XmlReader& operator=(XmlReader&&) noexcept;

    /// Parses all bytes; events are then taken with next().
    void feed(std::string_view bytes);
    std::optional<XmlEvent> next();
    /// Set once; events before it are still to be taken with next().
    std::optional<XmlFault> fault() const;
    const std::string& fault_detail() const;
    /// Starts a new stream with a fresh parser and the given limits. REQUIRES: not called from
    /// within feed.
    void reset(ReaderLimits limits);
    /// Other limits for what is read from now on.
    void set_limits(const ReaderLimits& limits);
    /// True between stanzas with nothing pending: the parser may be freed (release()) and is made
    /// again by the next feed.
    bool at_rest() const;
    /// Frees the parser (10 KiB). REQUIRES: at_rest().
    void release();
    /// Bytes that the parser has looked at so far, counting those it had to look at again: the
    /// measure of its cost.
    std::uint64_t work() const;

    struct State;  ///< for the file that implements this class

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::xmpp
