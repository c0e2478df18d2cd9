// SPDX-License-Identifier: Apache-2.0
// XEP-0114 on the wire:
//   component: <stream:stream xmlns='jabber:component:accept' xmlns:stream='…'
//   to='sms.example.org'> host:      <stream:stream xmlns='jabber:component:accept'
//   xmlns:stream='…' from='sms.example.org' id='3BF96D32'> component:
//   <handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>   (SHA-1 of id and secret)
//   host:      <handshake/>                                                      then stanzas both
//   ways
#include "xmpp/stream/component_stream.hpp"

#include <utility>

#include <openssl/crypto.h>

#include "xmpp/core/digest.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

bool is_stanza(const Element& element) {
    std::string_view name = element.name();
    return element.ns() == ns::client && (name == "message" || name == "presence" || name == "iq");
}

bool is_handshake(const Element& element) {
    return element.is("handshake", ns::client);
}

void wipe(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace

ComponentLink::ComponentLink(ComponentOptions options)
    : options_(std::move(options)), reader_(options_.limits) {
    rules_.domain = options_.domain.domain();
    rules_.stream_ns = ns::component;
}

ComponentLink::~ComponentLink() {
    wipe(options_.secret);
}

std::string ComponentLink::digest(std::string_view id, std::string_view secret) {
    std::string input(id);
    input += secret;
    const std::string hash = sallyport::digest(Hash::sha1, input);
    wipe(input);
    return hex_encode(hash);
}

void ComponentLink::begin(TimePoint now) {
    if (phase_ != Phase::fresh) return;
    phase_ = Phase::header;
    deadline_ = now + options_.times.handshake;
}

void ComponentLink::write_header(
    std::string_view attribute, std::string_view domain, std::string_view id
) {
    out_ +=
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"
        " xmlns:stream='http://etherx.jabber.org/streams'";
    auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        out_.append(" ").append(name).append("='");
        write_escaped(out_, value);
        out_ += '\'';
    };
    add(attribute, domain);
    add("id", id);
    out_ += '>';
    header_written_ = true;
}

bool ComponentLink::has_right_namespaces(const StreamOpened& opened) {
    // RFC 6120 §4.8.1: namespaces decide, whatever the prefixes are called.
    if (opened.header.is("stream", ns::streams) && opened.default_ns == ns::component) return true;
    refuse(StreamCondition::invalid_namespace, "The stream is not one of jabber:component:accept.");
    return false;
}

void ComponentLink::establish() {
    phase_ = Phase::established;
    established_once_ = true;
    deadline_.reset();
    wipe(options_.secret);
    events_.emplace_back(Established{options_.domain});
}

void ComponentLink::feed(std::string_view bytes, TimePoint now) {
    (void)now;
    if (phase_ == Phase::fresh || phase_ == Phase::over) return;
    reader_.feed(bytes);
    while (phase_ != Phase::over) {
        std::optional<XmlEvent> event = reader_.next();
        if (!event) break;
        if (auto* opened = std::get_if<StreamOpened>(&*event))
            on_header(*opened);
        else if (auto* element = std::get_if<Element>(&*event))
            on_element(std::move(*element));
        else
            on_peer_closed();
    }
    if (phase_ == Phase::over || !reader_.fault()) return;
    refuse(to_condition(*reader_.fault()), reader_.fault_detail());
}

void ComponentLink::on_element(Element element) {
    if (is_stream_error(element)) {
        StreamError error = StreamError::parse(element);
        say_goodbye();
        return end(Ended(
            EndedBy::peer, std::string(to_string(error.condition)), error.text, established_once_
        ));
    }
    if (established_once_) return on_stanza(std::move(element));
    if (phase_ == Phase::handshake && is_handshake(element)) return on_handshake(element);
    // RFC 6120 §7.1 in spirit: nothing counts before the handshake. Some hosts announce features,
    // which 0114 has not.
    if (is_stanza(element))
        refuse(StreamCondition::not_authorized, "A stanza came before the handshake.");
}

// Top-level elements that are no stanzas are left unanswered, as ejabberd and Prosody do.
void ComponentLink::on_stanza(Element element) {
    if (!is_stanza(element)) return;
    auto malformed = [&](StanzaError error) {
        events_.emplace_back(Malformed{std::move(element), std::move(error)});
    };
    // Both are what a host owes a component, and what an answer needs (XEP-0114 §3).
    if (!element.attribute("from"))
        return malformed(StanzaError(Condition::bad_request, "The stanza has no 'from'."));
    if (!element.attribute("to"))
        return malformed(StanzaError(Condition::bad_request, "The stanza has no 'to'."));
    auto stanza = Stanza::from_element(std::move(element));
    if (!stanza) return malformed(stanza.error());
    events_.emplace_back(Received{std::move(*stanza)});
}

void ComponentLink::on_peer_closed() {
    bool ours = phase_ == Phase::closing;
    say_goodbye();
    end(Ended(ours ? EndedBy::us : EndedBy::peer, "closed", {}, established_once_));
}

void ComponentLink::refuse(StreamCondition condition, std::string text) {
    if (phase_ == Phase::over) return;
    // RFC 6120 §4.9.1.2: an error before the header still needs one.
    if (!header_written_) write_header("from", options_.domain.str(), {});
    if (phase_ != Phase::closing) {
        out_ += "<stream:error>";
        StreamError(condition).to_element().for_each([&](const Element& child) {
            write(out_, child, ns::component);
        });
        out_ += "</stream:error>";
    }
    say_goodbye();
    end(Ended(EndedBy::us, std::string(to_string(condition)), std::move(text), established_once_));
}

void ComponentLink::say_goodbye() {
    if (phase_ != Phase::closing && header_written_) out_ += "</stream:stream>";
}

void ComponentLink::end(Ended why) {
    if (phase_ == Phase::over) return;
    phase_ = Phase::over;
    deadline_.reset();
    wipe(options_.secret);
    close_ = Close{why.reason};
    ended_ = std::move(why);
}

void ComponentLink::closed(TimePoint now) {
    (void)now;
    if (phase_ == Phase::over) return;
    // Nobody is left to read it.
    out_.clear();
    bool ours = phase_ == Phase::closing;
    end(Ended(ours ? EndedBy::us : EndedBy::link, ours ? "closed" : "eof", {}, established_once_));
}

void ComponentLink::tick(TimePoint now) {
    if (!deadline_ || now < *deadline_ || phase_ == Phase::over) return;
    if (phase_ == Phase::closing)
        return end(Ended(EndedBy::us, "close-timeout", "The peer did not close its stream.", true));
    say_goodbye();
    end(Ended(EndedBy::us, "handshake-timeout", "The peer did not finish the handshake.", false));
}

void ComponentLink::close(TimePoint now) {
    if (phase_ == Phase::over || phase_ == Phase::closing) return;
    say_goodbye();
    if (phase_ != Phase::established) return end(Ended(EndedBy::us, "closed", {}, false));
    phase_ = Phase::closing;
    deadline_ = now + options_.times.close_grace;
}

Result<void> ComponentLink::send(const Stanza& stanza) {
    if (phase_ != Phase::established) return Error("not-established");
    return append_guarded(out_, stanza, rules_);
}

void ComponentLink::send_space() {
    if (phase_ == Phase::established) out_ += ' ';
}

void ComponentLink::rest() {
    if (reader_.at_rest()) reader_.release();
}

std::optional<ComponentLink::Output> ComponentLink::poll() {
    if (!events_.empty()) {
        Output event(std::move(events_.front()));
        events_.pop_front();
        return event;
    }
    if (!out_.empty()) return Output(Action(Write{std::exchange(out_, {})}));
    if (ended_) return Output(Event(*std::exchange(ended_, std::nullopt)));
    if (close_) return Output(Action(*std::exchange(close_, std::nullopt)));
    return std::nullopt;
}

void ComponentStream::start(TimePoint now) {
    if (phase_ != Phase::fresh) return;
    begin(now);
    write_header("to", options_.domain.str(), {});
}

void ComponentStream::on_header(const StreamOpened& opened) {
    if (!has_right_namespaces(opened)) return;
    std::string_view id = opened.header.attribute("id").value_or("");
    if (id.empty()) return refuse(StreamCondition::bad_format, "The host's header has no id.");
    phase_ = Phase::handshake;
    out_ += "<handshake>" + digest(id, options_.secret) + "</handshake>";
    wipe(options_.secret);
}

// What the host puts into its answer does not matter; that it answers so is the success (XEP-0114
// §3).
void ComponentStream::on_handshake(const Element&) {
    establish();
}

ComponentAcceptor::ComponentAcceptor(
    std::vector<Component> components, std::string id, ReaderLimits limits, ComponentTimes times
)
    : ComponentLink(ComponentOptions{Jid(), {}, limits, times}),
      components_(std::move(components)),
      id_(std::move(id)) {}

void ComponentAcceptor::on_header(const StreamOpened& opened) {
    if (!has_right_namespaces(opened)) return;
    std::string_view to = opened.header.attribute("to").value_or("");
    write_header("from", to, id_);
    if (to.empty())
        return refuse(StreamCondition::improper_addressing, "The component's header has no 'to'.");
    Result<Jid> domain = Jid::parse(to);
    for (const Component& component : components_)
        if (domain && domain->str() == component.domain) component_ = &component;
    if (!component_)
        return refuse(StreamCondition::host_unknown, "No component of that name is configured.");
    options_.domain = std::move(*domain);
    phase_ = Phase::handshake;
}

void ComponentAcceptor::on_handshake(const Element& element) {
    // The sender may wrap the value (XEP-0114 does not say so, but older clients did), and case is
    // free in hexadecimal.
    std::string given = lower_ascii(trim(element.text()));
    if (!equal_constant_time(given, digest(id_, component_->secret)))
        return refuse(StreamCondition::not_authorized, "The handshake does not match.");
    // As Prosody does: the one that is there was first, and two would take turns for ever.
    if (component_->is_taken)
        return refuse(StreamCondition::conflict, "The component is connected already.");
    for (Component& component : components_) wipe(component.secret);
    out_ += "<handshake/>";
    establish();
}

}  // namespace sallyport::xmpp
