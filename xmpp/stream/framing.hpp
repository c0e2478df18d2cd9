// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"
#include "xmpp/stream/stream_error.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {

/// How a stream stands on its connection.
enum class Coat {
    tcp,       ///< RFC 6120: one long document
    websocket  ///< RFC 7395: each message is one complete element
};

/// What a stream's header says.
struct StreamHeader {
    std::string_view from;
    std::string_view to;
    std::string_view id;
    bool has_version = true;  ///< false for a peer that has none (RFC 6120 §4.7.5)
};

/// Reads and writes a stream in one of its coats, so that the machine above knows one grammar:
/// header, elements, end.
///
/// Over websocket each feed() is one whole message; `<open/>` comes out as a StreamOpened of
/// jabber:client and `<close/>` as StreamClosed. What is written is gathered; take() gives it in
/// pieces that may be sent: over TCP one, over websocket one message each.
class Framing {
  public:
    Framing(Coat coat, const ReaderLimits& limits);

    // ---- reading ----
    void feed(std::string_view bytes);
    std::optional<XmlEvent> next();
    std::optional<XmlFault> fault() const;
    std::string fault_detail() const;
    /// A new stream: fresh parser, nothing kept.
    void restart(const ReaderLimits& limits);
    /// From now on, on the same stream.
    void set_limits(const ReaderLimits& limits) { reader_.set_limits(limits); }
    /// True when nothing is begun or waiting: all that came was taken with next().
    bool is_drained() const;
    /// Frees what an idle stream does not need.
    void rest();

    // ---- writing ----
    void write_header(const StreamHeader& header);
    /// `inside`: the children, as XML with their own namespaces.
    void write_features(std::string_view inside);
    void write_error(const StreamError& error);
    void write_close();
    /// An element with its own namespace.
    void write_element(std::string_view xml);
    void write_element(const Element& element);
    /// A stanza in jabber:client. False, and nothing is written, when it is longer than `most`.
    /// `copy`, if any, is given its bytes without an xmlns of its own, as write_stanza(bytes)
    /// takes them: they may go over a later stream of another coat.
    bool write_stanza(const Element& stanza, std::size_t most, std::string* copy);
    void write_stanza(std::string_view bytes);

    /// Where the next thing is written, for cut() before anything is taken.
    std::size_t end() const { return out_.size(); }
    /// Takes back what was written behind that place.
    void cut(std::size_t end);
    std::size_t unsent_bytes() const { return out_.size() - taken_; }
    void discard();  ///< nobody is left to read what was written
    /// What may be sent now, if anything.
    std::optional<std::string> take();

  private:
    void read_message();
    bool translate(Element message);
    void begin_document();
    void end_message();
    std::string_view stream_prefix() const;

    Coat coat_;
    bool is_opened_ = false;  // websocket: <open/> came
    bool is_closed_ = false;  // websocket: <close/> came
    std::optional<XmlFault> fault_;
    XmlReader reader_;
    std::string out_;
    std::size_t taken_ = 0;          // websocket: bytes of out_ that take() gave
    std::vector<std::size_t> ends_;  // websocket: where each message of out_ ends
    std::size_t ends_taken_ = 0;
    std::unique_ptr<std::deque<XmlEvent>> events_;  // websocket: read and not taken
};

}  // namespace sallyport::xmpp
