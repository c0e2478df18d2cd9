// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/machine.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/stream/egress.hpp"
#include "xmpp/stream/events.hpp"
#include "xmpp/stream/stream_error.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {

struct ComponentTimes {
    std::chrono::milliseconds handshake{20'000};  ///< from start() to the answer to our handshake
    std::chrono::milliseconds close_grace{
        5'000};  ///< for the peer's </stream:stream> (RFC 6120 §4.4)
};

struct ComponentOptions {
    Jid domain;          ///< of the component
    std::string secret;  ///< wiped once the handshake was computed
    ReaderLimits limits;
    ComponentTimes times;
};

/// XEP-0114, what both sides share: the stream's life from header to closing tag, reading, and
/// guarded writing.
///
/// Writes are gathered: however many stanzas are sent before the next poll(), it yields one Write.
/// The order that poll() keeps is events, Write, Ended, Close.
class ComponentLink {
  public:
    using Event = std::variant<Established, Received, Malformed, Ended>;
    using Output = std::variant<Action, Event>;

    void feed(std::string_view bytes, TimePoint now);
    void closed(TimePoint now);
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const { return deadline_; }
    std::optional<Output> poll();

    /// Queues a stanza. Errors: "not-established", or a word of append_guarded; the stream lives
    /// on.
    Result<void> send(const Stanza& stanza);
    /// Queues white space, which keeps the path through NATs and firewalls open (RFC 6120 §4.6.1).
    void send_space();
    /// Says </stream:stream> and waits for the peer's, while stanzas go on arriving. Before the
    /// handshake it ends at once.
    void close(TimePoint now);

    bool is_established() const { return phase_ == Phase::established; }
    bool is_over() const { return phase_ == Phase::over; }
    std::size_t unsent_bytes() const { return out_.size(); }  ///< not yet taken with poll()
    /// Frees what an idle stream does not need; made again by the next feed.
    void rest();

  protected:
    enum class Phase { fresh, header, handshake, established, closing, over };

    explicit ComponentLink(ComponentOptions options);
    ~ComponentLink();
    ComponentLink(ComponentLink&&) noexcept = default;
    ComponentLink& operator=(ComponentLink&&) noexcept = default;

    virtual void on_header(const StreamOpened& opened) = 0;
    virtual void on_handshake(const Element& element) = 0;

    void begin(TimePoint now);
    void write_header(std::string_view attribute, std::string_view domain, std::string_view id);
    void establish();
    /// Sends the stream error and ends.
    void refuse(StreamCondition condition, std::string text);
    void end(Ended why);
    bool has_right_namespaces(const StreamOpened& opened);
    /// Lower-case hexadecimal SHA-1 of the id and the secret (XEP-0114 §3).
    static std::string digest(std::string_view id, std::string_view secret);

    ComponentOptions options_;
    Phase phase_ = Phase::fresh;
    std::string out_;
    EgressRules rules_;

  private:
    void on_element(Element element);
    void on_stanza(Element element);
    void on_peer_closed();
    void say_goodbye();

    XmlReader reader_;
    std::optional<TimePoint> deadline_;
    bool header_written_ = false;
    bool established_once_ = false;
    std::deque<Event> events_;
    std::optional<Ended> ended_;
    std::optional<Close> close_;
};

/// The component's side: opens, proves that it knows the secret, then both send stanzas.
class ComponentStream final : public ComponentLink {
  public:
    explicit ComponentStream(ComponentOptions options) : ComponentLink(std::move(options)) {}
    void start(TimePoint now);

  private:
    void on_header(const StreamOpened& opened) override;
    void on_handshake(const Element& element) override;
};

/// The host's side, for components beside a server of ours, and as the host in tests.
class ComponentAcceptor final : public ComponentLink {
  public:
    struct Component {
        std::string domain;
        std::string secret;
        bool is_taken = false;  ///< one is connected: another gets `conflict`
    };
    /// `id` is the stream id: unpredictable, one per stream (RFC 6120 §4.7.3).
    ComponentAcceptor(
        std::vector<Component> components, std::string id, ReaderLimits limits, ComponentTimes times
    );
    void start(TimePoint now) { begin(now); }
    /// Sends a stream error and ends.
    using ComponentLink::refuse;

  private:
    void on_header(const StreamOpened& opened) override;
    void on_handshake(const Element& element) override;

    std::vector<Component> components_;
    std::string id_;
    const Component* component_ = nullptr;  ///< whose name the header gave
};

}  // namespace sallyport::xmpp
