// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/machine.hpp"
#include "xmpp/core/result.hpp"
#include "xmpp/core/stanza.hpp"
#include "xmpp/sasl/mechanism.hpp"
#include "xmpp/stream/client_guard.hpp"
#include "xmpp/stream/compression.hpp"
#include "xmpp/stream/events.hpp"
#include "xmpp/stream/framing.hpp"
#include "xmpp/stream/management.hpp"
#include "xmpp/stream/stream_error.hpp"
#include "xmpp/xep/client_answers.hpp"

namespace sallyport::xmpp {

struct ClientTimes {
    std::chrono::milliseconds step{20'000};  ///< for each answer while a session is negotiated
    std::chrono::milliseconds close_grace{5'000};
    std::chrono::milliseconds ping_after{5 * 60'000};  ///< of silence: a sign of life is asked for
    std::chrono::milliseconds answer{30'000};          ///< … and waited for
};

enum class ClientTls {
    required,  ///< STARTTLS or nothing
    optional,  ///< STARTTLS when offered; in clear else (the operator said so)
    direct     ///< the connection came with TLS
};

/// What a client proves itself with. Each may be empty.
struct ClientSecrets {
    std::string password;
    std::string token;             ///< OAUTHBEARER, X-OAUTH2, …
    std::string shared_secret;     ///< JIVE-SHAREDSECRET
    std::string fast_token;        ///< of an earlier TokenIssued …
    std::string fast_mechanism;    ///< … and what it is for
    bool has_certificate = false;  ///< TLS shows one to the server: EXTERNAL
    bool is_anonymous = false;
};

/// XEP-0388 §2.6: what kind of client this is. `id` is a UUIDv4 that never changes.
struct ClientAgent {
    std::string id;
    std::string software;
    std::string device;
};

/// A session to go on with (XEP-0198 §5): what the last stream left behind.
struct Resumable {
    Jid full;
    std::string id;  ///< what the server called it
    std::string ns;  ///< sm:3, or sm:2 of old servers
    std::unique_ptr<Management> management;
    std::string location = {};    ///< see Online
    ArchiveQueries queries = {};  ///< unanswered
};

struct ClientOptions {
    std::string user;  ///< localpart
    Jid domain;
    /// With EXTERNAL: whom of the addresses of the certificate to act as, a bare JID; needed when
    /// there are several, and to be left out otherwise (XEP-0178 §2 step 10).
    std::string authzid;
    std::string resource;  ///< wanted; "" = whatever the server makes
    ClientTls tls = ClientTls::required;
    ClientSecrets secrets;
    ClientAgent agent;
    std::string nonce;                    ///< unpredictable, one per stream
    std::vector<std::string> mechanisms;  ///< only these; empty = all that we know
    int pinned_rank = 0;                  ///< of an earlier LoggedIn (sasl::Wish)
    int max_iterations = 1'000'000;
    bool allows_legacy = false;  ///< DIGEST-MD5, CRAM-MD5, …, XEP-0078
    bool allows_sasl2 = true;
    bool allows_compression = false;  ///< XEP-0138: its length tells of what it hides
    bool wants_management = true;
    /// What the stream has told of counts as handled (XEP-0198) only when the owner says so, by
    /// acknowledge(); false: at once. What was not, comes again in a resumed session.
    bool acknowledges = false;
    bool wants_carbons = false;
    bool wants_token = false;  ///< XEP-0484
    /// What the stream says of itself when it is asked (xep/client_answers.hpp). `time`: the wall
    /// clock's when the stream begins; `idle` is counted here, from the owner's last stanza.
    ClientFacts about;
    /// Namespaces of requests (iq get and set) that the owner answers. The stream answers all
    /// others, and does not tell of them.
    std::vector<std::string> handles;
    ManagementLimits management;
    ReaderLimits limits;
    ClientTimes times;
    std::unique_ptr<Resumable> resumable;
};

// ---- what it tells ----

/// To be derived where it holds nothing up, and told by derived(). It holds the password.
using sasl::KeyWanted;
/// The server knows who we are, and has proved that it does. Pin the rank.
struct LoggedIn {
    std::string mechanism;  ///< "" = XEP-0078
    int rank = 0;           ///< 0 = nothing to pin: it was not the password that was proved
};
/// XEP-0484: use it next time. `expiry` as the server wrote it.
struct TokenIssued {
    std::string mechanism;
    std::string token;
    std::string expiry;
};
/// The server does not take the token any more; the login went on with another secret.
struct TokenRefused {};
/// A session stands. `full` is what the server says, whatever was wanted.
struct Online {
    Jid full;
    bool is_resumed = false;
    /// Where the server would have us resume it (XEP-0198 §3), as see-other-host names it; "" =
    /// anywhere. Told only when the server was authenticated.
    std::string location = {};
};
/// The session of `resumable` is gone; these stanzas have not arrived as far as anybody knows. Told
/// before Online; they may be sent again with a delay stamp.
struct LeftOver {
    std::vector<Management::Waiting> stanzas;
};
/// So many stanzas of send() are with the server since the stream stands (XEP-0198).
struct Acknowledged {
    std::uint32_t count = 0;
};
/// Somebody said what only our own server may say (client_guard.hpp). It was answered as an unknown
/// request, or dropped.
struct Forged {
    Stanza stanza;
};
/// Come again there: told only when the server was authenticated (RFC 6120 §4.9.3.19).
struct Redirected {
    std::string host;
};

/// RFC 6120 from the initiating side (c2s), as one pure machine: header, STARTTLS, SASL (also
/// XEP-0388 with XEP-0386 and XEP-0484), restart, XEP-0138, bind, session, resumption, then
/// stanzas.
///
/// What an offer makes it do is a table (client_features.cpp). The order that poll() keeps is
/// events, Write, Ended, Close. Reasons of Ended beside stream conditions: "eof", "closed",
/// "close-timeout", "negotiation-timeout", "no-answer", "tls-refused", "tls-missing", "sasl-" with
/// a condition of RFC 6120 §6.5, "sasl-attack", "sasl-no-mechanism", "bind-", "session-", "auth-"
/// with a stanza error condition. advise() says what each is good for.
class ClientStream {
  public:
    using Event = std::variant<
        KeyWanted,
        LoggedIn,
        TokenIssued,
        TokenRefused,
        LeftOver,
        Online,
        Received,
        Malformed,
        Forged,
        Acknowledged,
        AckWanted,
        Redirected,
        Ended>;
    using Output = std::variant<Action, Event>;

    explicit ClientStream(ClientOptions options);
    ~ClientStream();
    ClientStream(ClientStream&&) noexcept;
    ClientStream& operator=(ClientStream&&) noexcept;

    void start(TimePoint now);
    void feed(std::string_view bytes, TimePoint now);
    void closed(TimePoint now);
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const { return deadline_; }
    std::optional<Output> poll();

    /// TLS stands, and the certificate is the domain's: after a StartTls action, or before start().
    void tls_done(TlsDone binding, TimePoint now);
    /// The answer to KeyWanted. Of no effect when it is not awaited any more.
    void derived(std::string_view key, TimePoint now);
    /// Queues a stanza. Errors: "not-established", "too-long", "queue-full".
    Result<void> send(const Stanza& stanza, TimePoint now);
    /// Whether send() would take any stanza that is not too long: what is not acknowledged is
    /// bounded.
    bool has_room() const;
    /// Everything up to the AckWanted of this count is safe (`acknowledges`): says <a/>.
    void acknowledge(std::uint32_t count, TimePoint now);
    void close(TimePoint now);
    /// After the end: what the next stream may go on with, if anything.
    std::unique_ptr<Resumable> take_resumable();

    const Jid& full() const { return full_; }  ///< empty before Online
    bool is_established() const { return phase_ == Phase::established; }
    bool is_secure() const { return has_tls_; }
    bool is_over() const { return phase_ == Phase::over; }
    std::size_t unsent_bytes() const { return framing_.unsent_bytes(); }
    void rest() { framing_.rest(); }

  private:
    friend struct ClientStep;
    enum class Phase {
        fresh,
        header,
        features,
        proceed,    // <starttls/> was sent
        handshake,  // TLS goes on below us
        sasl,
        sasl2,
        fields,  // XEP-0078
        legacy,
        compress,
        bind,
        session,
        enable,
        resume,
        established,
        closing,
        over
    };
    struct PhaseRow;
    struct Login;

    // client_stream.cpp
    static const PhaseRow* phase_row(Phase phase);
    void take_bytes(std::string_view bytes);
    void process();
    void on_element(const Element& element);
    void on_stream_error(const Element& element);
    void on_peer_closed();
    void enter(Phase phase);
    void open_stream();
    void end(EndedBy by, std::string reason, std::string text);
    void refuse(StreamCondition condition, std::string text);
    void give_up(std::string reason, std::string text);
    void say_goodbye();
    void unexpected(const Element& element);

    // client_features.cpp
    void on_header(const StreamOpened& opened);
    void on_features(const Element& element);
    void next_step();
    void begin_tls();
    void on_proceed(const Element& element);

    // client_sasl.cpp
    void begin_sasl();
    void begin_sasl2();
    void choose_mechanism();
    void on_sasl(const Element& element);
    void on_sasl2(const Element& element);
    void on_challenge(const Element& element);
    void respond(sasl::ClientStep step);
    void on_success(const Element& element);
    void on_failure(const Element& element);
    bool proves(std::string_view data);
    void abort_sasl(const sasl::GiveUp& why);
    sasl::ClientSetting make_setting(const sasl::MechanismRow& row) const;
    std::vector<sasl::Credential> credentials() const;

    // client_sasl2.cpp
    void authenticate();
    Element make_authenticate(std::optional<std::string> initial);
    void add_fast(Element& authenticate) const;
    void add_bind(Element& authenticate) const;
    void on_success2(const Element& element);
    void take_token(const Element& success);
    bool take_inline_session(const Element& success);

    // client_iq_auth.cpp
    void begin_iq_auth();
    void on_fields(const Element& iq);
    void on_legacy(const Element& iq);

    // client_compression.cpp
    void begin_compression();
    void on_compression(const Element& element);
    void feed_compressed(std::string_view bytes);

    // client_session.cpp
    void begin_bind();
    void on_bind(const Element& iq);
    void bind_refused(const Element& iq);
    void begin_session();
    void on_session(const Element& iq);
    bool is_answer(const Element& element);
    void send_iq(std::string_view type, Element payload);
    void stand(bool is_resumed);
    void on_established(const Element& element);
    void on_stanza(const Element& element);
    bool is_for_stream(const Stanza& stanza) const;
    void answer(const Stanza& request);
    Result<void> queue(const Stanza& stanza);
    void refuse_forged(Stanza stanza);

    // client_management.cpp
    void begin_resume();
    Element make_resume() const;
    void on_resume(const Element& element);
    bool take_resumed(const Element& element);
    void resume_failed(const Element& element);
    void begin_enable();
    void on_enable(const Element& element);
    void take_enabled(const Element& element);
    bool on_management(const Element& element);
    void on_ack(const Element& element);
    void on_ack_request();
    void write_ack();
    void ask_for_ack();
    void ask_for_life();

    ClientOptions options_;
    Framing framing_;
    Phase phase_ = Phase::fresh;
    bool has_tls_ = false;
    bool is_authenticated_ = false;
    bool is_bound_ = false;
    bool has_session_ = false;  // the one of RFC 3921, or it is not needed
    bool was_enabled_asked_ = false;
    bool at_beginning_ = true;   // of a document: white space may still come
    bool ends_with_tag_ = true;  // the last byte that came was a >
    bool header_written_ = false;
    bool wants_tls_ = false;  // StartTls is to be said
    bool was_online_ = false;
    bool ack_asked_ = false;  // <r/> is unanswered
    bool pinged_ = false;     // a sign of life was asked for
    bool is_old_ = false;     // the server's stream has no version
    bool was_compression_asked_ = false;
    sasl::Binding binding_;
    std::string stream_id_;
    Element features_;
    std::unique_ptr<Login> login_;
    std::unique_ptr<Compression> compression_;
    unsigned ids_ = 0;
    std::string waits_for_;  // id of the iq that negotiation waits for
    bool asked_resource_ = false;
    std::vector<Element> early_;  // came before the session stood
    Jid full_;
    ArchiveQueries queries_;
    std::unique_ptr<Management> management_;
    std::string management_ns_;
    std::string resume_id_;
    std::string location_;
    TimePoint now_{};
    TimePoint begun_{};
    TimePoint active_{};  // when the owner sent something
    TimePoint heard_{};
    std::optional<TimePoint> deadline_;
    std::deque<Event> events_;
    std::optional<Ended> ended_;
    std::optional<Close> close_;
};

/// What to do about the end of a stream.
enum class Advice {
    again,      ///< soon, with back-off
    later,      ///< after a long wait: the server is busy, or somebody else has our place
    elsewhere,  ///< at the next target of this domain
    stop        ///< not before the configuration, or a secret, changes
};
/// By the reason of Ended. Unknown reasons: again.
Advice advise(std::string_view reason);

}  // namespace sallyport::xmpp
