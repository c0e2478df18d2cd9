// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/stream/compression.hpp"
#include "xmpp/stream/features.hpp"
#include "xmpp/stream/framing.hpp"
#include "xmpp/stream/sasl_text.hpp"
#include "xmpp/stream/server_stream.hpp"

namespace sallyport::xmpp {

/// A question to the owner that the stream waits with.
enum class Asked { nothing, account, certificate, resource, session, registration, token };
/// Which of the mechanisms: those to log in with, or those of XEP-0484 that need a token of ours.
enum class MechanismFamily { sasl, fast };

/// A login with XEP-0388: what it wants beside the proof, and what it will be told with success.
struct Inline {
    std::string client;  ///< user-agent id, "" = none
    std::string data;    ///< of the mechanism, in base64
    std::optional<Element> bind;
    std::optional<Element> resume;
    std::string token_for;   ///< the mechanism of a wanted token, "" = none
    std::string used_token;  ///< the mechanism of the token that it logs in by, "" = none
    std::optional<std::uint64_t> count;  ///< of uses of that token
    bool invalidates = false;
    std::string results;  ///< further elements of <success/>
};

/// What only a stream without a session needs; freed when one stands.
struct Negotiation {
    sasl::Binding binding;
    std::vector<std::string> certified;  ///< accounts that the certificate stands for
    bool has_foreign_from = false;       ///< the header's `from` is of another domain
    std::unique_ptr<sasl::ServerMechanism> mechanism;
    std::string_view mechanism_name;  ///< of the table
    bool waits_for_response = false;  ///< a challenge was sent
    bool is_aborted = false;          ///< the answer to come is of no interest any more
    bool is_try = false;              ///< this exchange has come to what proves who it is
    bool has_keys = false;            ///< its next response is the proof of a password
    bool gave_proof = false;          ///< the answer to come judges one that it has given
    int failures = 0;                 ///< of such exchanges
    int refusals = 0;                 ///< of all
    std::string user;                 ///< authenticated localpart
    std::optional<std::string> iq_auth_resource;  ///< while a login with XEP-0078 goes on
    std::unique_ptr<Inline> inlined;              ///< while a login with XEP-0388 goes on
    std::string request_id;                       ///< of the iq that asked to bind
    std::string previous;                         ///< the session that is asked to go on …
    std::uint32_t handled = 0;                    ///< … and what the peer had of it
    std::size_t held_bytes = 0;                   ///< that came while a question was open
};

/// What ServerStream is made of. Its functions are spread over files by what they are about:
/// server_machine.cpp reads, ends and keeps time; server_header.cpp, server_sasl.cpp,
/// server_sasl2.cpp, server_session.cpp, server_management.cpp and legacy/ are the steps of the
/// dialogue.
class ServerMachine {
  public:
    using Event = ServerStream::Event;
    using Output = ServerStream::Output;

    ServerMachine(std::shared_ptr<const ServerStreamOptions> options, std::string seed);

    // ---- what ServerStream hands on ----
    void start(TimePoint now);
    void feed(std::string_view bytes, TimePoint now);
    void closed();
    void tick(TimePoint now);
    std::optional<Output> poll();
    void close(TimePoint now);
    /// Sends the stream error, after a header if none was sent, and ends.
    void refuse(const StreamError& error);
    void refuse(StreamCondition condition, std::string text) {
        refuse(StreamError(condition, std::move(text)));
    }
    void tls_done(TlsDone binding);
    void answer(ServerAnswer answer, TimePoint now);
    void rest();
    Result<void> send(const Stanza& stanza, TimePoint now);
    void acknowledge(std::uint32_t count);
    std::unique_ptr<Management> take_management() {
        state_ &= ~state::managed;
        return std::move(management_);
    }
    const Jid& full() const { return full_; }
    bool is_over() const { return phase_ == Phase::over; }
    std::optional<TimePoint> deadline() const { return deadline_; }
    std::size_t unsent_bytes() const { return framing_.unsent_bytes(); }
    bool has_room() const { return !management_ || management_->has_room(); }

    // ---- what the rows of features.cpp need ----
    unsigned bits() const { return state_; }
    bool has(unsigned bits) const { return (state_ & bits) == bits; }
    const ServerStreamOptions& options() const { return *options_; }
    std::vector<std::string> offered(MechanismFamily family) const;
    std::vector<std::string> offered_bindings() const;

    void on_starttls(Element element);
    void refuse_starttls(Element element);
    void on_sasl(Element element);
    void refuse_sasl(Element element);
    void on_sasl2(Element element);
    void refuse_sasl2(Element element);
    void on_register(Element iq);
    void on_bind(Element iq);
    void refuse_bind(Element iq);
    void on_session(Element iq);
    void on_management(Element element);
    void on_client_state(Element element);
    void on_iq_auth(Element iq);
    void on_compress(Element element);
    void refuse_compress(Element element);

  private:
    enum class Phase { fresh, header, open, tls, closing, over };

    // server_machine.cpp
    void take_bytes(std::string_view bytes);
    void process();
    void on_element(Element element);
    void on_peer_closed();
    void end(EndedBy by, std::string_view reason, std::string text);
    void tick_session(TimePoint now);
    void plan();
    bool take_answer(Asked asked, ServerAnswer answer);
    bool holds() const;
    std::string derive();
    const ReaderLimits& limits() const;
    void say_goodbye();
    void say_what_is_safe();

    // server_header.cpp
    void on_header(const StreamOpened& opened);
    bool accepts(const StreamOpened& opened);
    bool accepts_version(const StreamOpened& opened);
    void write_header(std::string_view to);
    void restart();
    void ask_certified(const std::vector<std::string>& addresses);

    // server_sasl.cpp
    void on_auth(const Element& element);
    void on_response(const Element& element);
    void abort_sasl();
    void begin_mechanism(std::string_view name, std::optional<std::string> initial);
    void take_step(sasl::ServerStep step);
    void take_answered(sasl::ServerStep step);
    void challenge(std::string_view bytes);
    void succeed(const sasl::Success& success);
    void fail_sasl(sasl::Fault fault);
    bool may_offer(const sasl::MechanismRow& row) const;
    std::optional<sasl::Fault> why_not(std::string_view name) const;
    bool answer_account(const ServerAnswer& answer);
    sasl::ServerSetting make_setting();

    // server_sasl2.cpp
    void on_authenticate(const Element& element);
    void go_on_inline();
    void bound_inline(const Bound& answer);
    void issued(const Issued& answer);
    void finish_inline();

    // server_session.cpp
    void on_stanza(Element element);
    void on_early(Element element);
    void write_iq(std::string_view type, const Element& iq, std::optional<Element> payload);
    void refuse_iq(const Element& iq, const StanzaError& error);
    void bound(const Bound& answer);
    void not_bound(const StanzaError& error);
    bool answer_registration(const ServerAnswer& answer);
    void stand(Jid full, bool is_resumed);
    void settle();
    void ask_for_life();
    Result<void> write_kept(const Element& stanza);
    void write_own(const Element& stanza);

    // server_management.cpp
    void enable_management(const Element& element);
    std::string make_enabled(const Element& element);
    void want_resume(const Element& element);
    bool answer_session(ServerAnswer answer);
    void resumed(Resumed answer);
    void not_resumed(const NotResumed& answer);
    std::string make_failed(Condition condition, std::optional<std::uint32_t> handled) const;
    void on_ack_request();
    void on_ack(const Element& element);
    void request_ack();
    void resend();
    void refuse_count(std::uint32_t handled);
    bool keep(std::string bytes, TimePoint now);
    std::string_view management_ns() const;

    // legacy/
    void refuse_iq_auth(Condition condition);
    void answer_iq_auth(const sasl::Answer& answer);
    void answer_iq_auth_bind(const ServerAnswer& answer);
    void feed_compressed(std::string_view bytes);

    std::shared_ptr<const ServerStreamOptions> options_;
    Framing framing_;
    unsigned state_ = 0;
    Phase phase_ = Phase::fresh;
    Asked asked_ = Asked::nothing;
    bool header_written_ = false;
    bool wants_tls_ = false;     // StartTls is to be said
    bool ends_with_tag_ = true;  // the last that came, but for white space, was a >
    bool pinged_ = false;        // a sign of life was asked for, and nothing came since
    bool ack_asked_ = false;     // <r/> is unanswered
    bool is_resumed_ = false;
    bool ended_told_ = false;
    bool compresses_ = false;  // what is written from now on
    unsigned derived_ = 0;     // ids made of the seed
    std::string seed_;
    std::string lang_;  // of the client's header, when it is not ours
    Jid full_;
    std::unique_ptr<Negotiation> negotiation_;
    std::unique_ptr<Management> management_;
    std::unique_ptr<Compression> compression_;
    TimePoint now_{};    // of the last call that knew
    TimePoint heard_{};  // the last time that bytes came
    TimePoint ack_asked_at_{};
    std::optional<TimePoint> deadline_;
    std::vector<Event> events_;
    std::size_t events_taken_ = 0;
    std::unique_ptr<Ended> ended_;  // until Close was said
};

}  // namespace sallyport::xmpp
