// SPDX-License-Identifier: Apache-2.0
#include "xmpp/stream/framing.hpp"

#include <utility>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

/// What a turn of the loop often has for one stream: one allocation instead of one per doubling.
constexpr std::size_t turn_bytes = 1024;

void add_attribute(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(" ").append(name).append("='");
    write_escaped(out, value);
    out += '\'';
}

// RFC 7395 §3.4: <open/> stands for the header of a stream of jabber:client.
StreamOpened to_opened(const Element& open) {
    StreamOpened opened;
    opened.header = Element("stream", ns::streams);
    for (const Element::Attribute& a : open.attributes())
        opened.header.append_attribute(a.name, a.value);
    opened.default_ns = ns::client;
    return opened;
}

}  // namespace

Framing::Framing(Coat coat, const ReaderLimits& limits) : coat_(coat), reader_(limits) {
    begin_document();
}

// Messages are read as children of a root that nobody sent, so that limits and restrictions are the
// same in both coats. It declares nothing: each message has to (RFC 7395 §3.3.3).
void Framing::begin_document() {
    if (coat_ == Coat::tcp) return;
    reader_.feed("<messages>");
    reader_.next();
}

void Framing::restart(const ReaderLimits& limits) {
    reader_.reset(limits);
    is_opened_ = is_closed_ = false;
    events_.reset();
    begin_document();
}

void Framing::feed(std::string_view bytes) {
    if (fault() || is_closed_) return;
    reader_.feed(bytes);
    if (coat_ == Coat::websocket) read_message();
}

// RFC 7395 §3.3.3: one complete element. White space alone is what some clients keep their
// connection open with.
void Framing::read_message() {
    std::optional<XmlEvent> event = reader_.next();
    if (reader_.fault()) return;
    Element* message = event ? std::get_if<Element>(&*event) : nullptr;
    bool whole = reader_.at_rest();
    if (whole && !event) return;
    if (!whole || !message || !translate(std::move(*message))) fault_ = XmlFault::bad_format;
}

bool Framing::translate(Element message) {
    if (!events_) events_ = std::make_unique<std::deque<XmlEvent>>();
    if (message.ns() != ns::framing) {
        events_->emplace_back(std::move(message));
    } else if (message.name() == "open") {
        if (std::exchange(is_opened_, true)) return false;
        events_->emplace_back(to_opened(message));
    } else if (message.name() == "close") {
        is_closed_ = true;
        events_->emplace_back(StreamClosed{});
    } else {
        return false;
    }
    return true;
}

std::optional<XmlEvent> Framing::next() {
    if (coat_ == Coat::tcp) return reader_.next();
    if (!events_ || events_->empty()) return std::nullopt;
    XmlEvent event = std::move(events_->front());
    events_->pop_front();
    return event;
}

std::optional<XmlFault> Framing::fault() const {
    return fault_ ? fault_ : reader_.fault();
}

std::string Framing::fault_detail() const {
    return fault_ ? "a message is not one element" : reader_.fault_detail();
}

bool Framing::is_drained() const {
    return !fault() && reader_.at_rest() && (!events_ || events_->empty());
}

void Framing::rest() {
    if (reader_.at_rest()) reader_.release();
    if (events_ && events_->empty()) events_.reset();
    if (out_.empty()) discard();
}

std::string_view Framing::stream_prefix() const {
    return coat_ == Coat::tcp ? "" : " xmlns:stream='http://etherx.jabber.org/streams'";
}

void Framing::write_header(const StreamHeader& header) {
    out_ += coat_ == Coat::tcp ? "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
                                 " xmlns:stream='http://etherx.jabber.org/streams'"
                               : "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'";
    add_attribute(out_, "from", header.from);
    add_attribute(out_, "to", header.to);
    add_attribute(out_, "id", header.id);
    if (header.has_version) out_ += " version='1.0'";
    out_.append(" xml:lang='en'").append(coat_ == Coat::tcp ? ">" : "/>");
    end_message();
}

void Framing::write_features(std::string_view inside) {
    out_.append("<stream:features").append(stream_prefix());
    if (inside.empty())
        out_ += "/>";
    else
        out_.append(">").append(inside).append("</stream:features>");
    end_message();
}

void Framing::write_error(const StreamError& error) {
    out_.append("<stream:error").append(stream_prefix()).append(">");
    error.to_element().for_each([&](const Element& child) { write(out_, child, ns::client); });
    out_ += "</stream:error>";
    end_message();
}

void Framing::write_close() {
    out_ += coat_ == Coat::tcp ? "</stream:stream>"
                               : "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
    end_message();
}

void Framing::write_element(std::string_view xml) {
    out_ += xml;
    end_message();
}

void Framing::write_element(const Element& element) {
    write(out_, element, coat_ == Coat::tcp ? ns::client : std::string_view());
    end_message();
}

bool Framing::write_stanza(const Element& stanza, std::size_t most, std::string* copy) {
    std::size_t before = out_.size();
    if (before == 0) out_.reserve(turn_bytes);
    write(out_, stanza, ns::client);
    if (out_.size() - before > most) {
        out_.resize(before);
        return false;
    }
    if (copy) *copy = out_.substr(before);
    if (coat_ == Coat::websocket)
        out_.insert(before + 1 + stanza.name().size(), " xmlns='jabber:client'");
    end_message();
    return true;
}

void Framing::write_stanza(std::string_view bytes) {
    std::string_view name = bytes.substr(0, bytes.find_first_of(" />"));
    out_ += name;
    if (coat_ == Coat::websocket) out_ += " xmlns='jabber:client'";
    out_ += bytes.substr(name.size());
    end_message();
}

void Framing::end_message() {
    if (coat_ == Coat::websocket) ends_.push_back(out_.size());
}

void Framing::cut(std::size_t end) {
    out_.resize(end);
    while (!ends_.empty() && ends_.back() > end) ends_.pop_back();
}

void Framing::discard() {
    std::string().swap(out_);
    std::vector<std::size_t>().swap(ends_);
    taken_ = ends_taken_ = 0;
}

std::optional<std::string> Framing::take() {
    if (out_.empty()) return std::nullopt;
    if (coat_ == Coat::tcp) return std::exchange(out_, {});
    std::size_t end = ends_[ends_taken_++];
    std::string message = out_.substr(taken_, end - taken_);
    taken_ = end;
    if (ends_taken_ == ends_.size()) discard();
    return message;
}

}  // namespace sallyport::xmpp
