// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
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
#include "xmpp/stream/events.hpp"
#include "xmpp/stream/management.hpp"
#include "xmpp/stream/stream_error.hpp"
#include "xmpp/xml/reader.hpp"

namespace sallyport::xmpp {

class ServerMachine;

struct ServerTimes {
    std::chrono::milliseconds negotiation{30'000};  ///< absolute, from start() to Established
    std::chrono::milliseconds close_grace{5'000};
    std::chrono::milliseconds ping_after{5 * 60'000};  ///< of silence: `<r/>`, or XEP-0199
    std::chrono::milliseconds idle{14 * 60'000};       ///< of silence: connection-timeout
    std::chrono::milliseconds ask_ack{30'000};  ///< a stanza waits for its acknowledgement: `<r/>`
    std::chrono::milliseconds ack{90'000};      ///< of silence after `<r/>`: connection-timeout
};
enum class TlsPolicy {
    off,       ///< never offered (loopback, tests)
    optional,  ///< offered
    required,  ///< nothing else is offered before it
    done       ///< the connection came with TLS (direct TLS, wss)
};
/// Shared by all streams of a listener: held by pointer, so that an idle stream is small.
struct ServerStreamOptions {
    Jid domain;
    TlsPolicy tls = TlsPolicy::required;
    bool is_websocket = false;
    bool offers_registration = false;
    bool offers_compression = false;
    bool offers_sasl2 = false;         ///< XEP-0388 with Bind 2 (XEP-0386), after TLS
    bool offers_fast = false;          ///< XEP-0484 within it: the HT-* of `mechanisms`
    bool offers_client_state = false;  ///< XEP-0352: ClientState is told
    bool offers_carbons = false;       ///< inline in Bind 2: InlineEnabled is told
    bool allows_legacy = false;        ///< DIGEST-MD5, CRAM-MD5, XEP-0078, JIVE-SHAREDSECRET, sm:2
    std::vector<std::string>
        mechanisms;  ///< to offer, strongest first; each only when its needs are met
    ReaderLimits before_auth{8192, 8192, 8, 32, 32, 16};  ///< of who may be anybody
    ReaderLimits after_auth{256 * 1024, 64 * 1024, 64, 10'000, 64, 16};
    ServerTimes times;
    ManagementLimits management;
    int sasl_tries = 3;
    std::string fake_salt_key;
    std::vector<Element> session_features;  ///< offered beside bind: caps, rosterver, …
};

// ---- what it asks: each is answered once, in any later turn, by answer() ----

struct AskAccount {  ///< answered by sasl::Answer
    sasl::Question question;
    std::string client;                       ///< user-agent id (XEP-0388), "" = unknown
    std::optional<std::uint64_t> count = {};  ///< XEP-0484 §3.3, against replays
    std::string_view mechanism = {};  ///< as the table of mechanisms spells it; "" with XEP-0078
};
/// Which of these names, for which the client's certificate stands, are accounts? Asked when TLS
/// stands and before EXTERNAL is offered. Answered by Certified.
struct AskCertified {
    std::vector<std::string> users;  ///< normalised localparts, at least one
};
struct Certified {
    std::vector<std::string> users;  ///< of those asked about
};
/// A resource for this user. Answered by Bound, or StanzaError (bad-request, conflict, not-allowed,
/// resource-constraint: RFC 6120 §7.6.2, 7.7.2).
struct AskBind {
    std::string user;
    std::string resource;  ///< wanted; "" = any
    std::string tag;       ///< XEP-0386: a readable beginning; "" = none
    std::string client;  ///< user-agent id (XEP-0388), "" = unknown: ends this client's old session
    bool is_inline = false;  ///< by Bind 2: it reads the archive for what it has missed
};
struct Bound {
    Jid full;
    std::vector<Element> metadata;  ///< for <bound/> of Bind 2 (XEP-0313's, …)
};
/// XEP-0198 §5: a hibernating or still connected session of this user. Answered by Resumed (its
/// queue and counters, and who it is) or NotResumed.
struct AskResume {
    std::string user;
    std::string previous;
    std::uint32_t handled = 0;
};
struct Resumed {
    Jid full;
    std::unique_ptr<Management> management;
};
struct NotResumed {
    std::optional<std::uint32_t> handled;  ///< of that session, when it is still known
};
/// Before authentication: an iq of jabber:iq:register. Answered by the iq to send back.
struct AskRegister {
    Stanza iq;
};
/// XEP-0484: a new token for this client's next login. Answered by Issued, or StanzaError for none.
struct AskIssue {
    std::string user;
    std::string client;     ///< user-agent id
    std::string mechanism;  ///< that the token is for
    bool is_asked = true;   ///< false: it has logged in by a token, which may be due (§3.4)
};
struct Issued {
    std::string token;
    std::string expiry;  ///< XEP-0082
};
using ServerAnswer =
    std::variant<sasl::Answer, Certified, Bound, Resumed, NotResumed, StanzaError, Stanza, Issued>;

// ---- what it tells ----

/// The client has proved, or not, that it knows the password whose keys (AskKeys) or secret
/// (AskSecret) were asked for, be they those of an account, made up or denied.
struct ProofJudged {
    bool is_right = false;
};
/// A session stands; stanzas may flow both ways. `is_resumed`: the session of AskResume goes on.
struct SessionStarted {
    Jid full;
    bool is_resumed = false;
};
/// Stream management was enabled: the owner keeps the session for `resume_id` when the link breaks.
struct ManagementEnabled {
    std::string resume_id;  ///< "" = no resumption
};
/// Bind 2 inline wishes (XEP-0386 §5).
struct InlineEnabled {
    bool carbons = false;
    bool inactive = false;  ///< CSI
};

/// XEP-0352: the client is (not) looked at.
struct ClientState {
    bool is_active = true;
};
/// XEP-0484: this client's token is to be forgotten.
struct TokenInvalidated {
    std::string user;
    std::string client;
};

/// RFC 6120 from the receiving side (c2s), as one pure machine: header, features, STARTTLS, SASL,
/// restart, bind, session, then stanzas, acknowledgements (XEP-0198) and the close. Over TCP, or
/// over websocket (RFC 7395): then each feed() is one whole message, and each Write is one.
///
/// The order that poll() keeps is events, Write, StartTls, Ended, Close. While it waits for the
/// answer to a question about a session or a certificate it holds what the client says meanwhile,
/// within bounds.
/// Malformed elements and stanzas without a `from` get the session's full JID as `from` only in
/// Malformed; stamping and judging `from` is the owner's.
class ServerStream {
  public:
    using Event = std::variant<
        AskAccount,
        AskCertified,
        AskBind,
        AskResume,
        AskRegister,
        AskIssue,
        ProofJudged,
        SessionStarted,
        ManagementEnabled,
        InlineEnabled,
        AckWanted,
        ClientState,
        TokenInvalidated,
        Received,
        Malformed,
        Ended>;
    using Output = std::variant<Action, Event>;

    /// `seed`: unpredictable (128 bits) and never shown; stream ids, nonces and the like come of
    /// it.
    ServerStream(std::shared_ptr<const ServerStreamOptions> options, std::string seed);
    ~ServerStream();
    ServerStream(ServerStream&&) noexcept;
    ServerStream& operator=(ServerStream&&) noexcept;

    void start(TimePoint now);
    void feed(std::string_view bytes, TimePoint now);
    void closed(TimePoint now);
    void tick(TimePoint now);
    std::optional<TimePoint> deadline() const;
    std::optional<Output> poll();

    /// TLS stands on this connection: after a StartTls action, or before start() with direct TLS.
    /// A certificate that names somebody of this domain may bring AskCertified.
    void tls_done(TlsDone binding);
    void answer(ServerAnswer answer, TimePoint now);
    /// Queues a stanza; with stream management it is kept until acknowledged. An error when no
    /// session stands ("not-established"), when it is longer than a peer accepts ("too-long"), or
    /// when too much is unacknowledged, which ends the stream ("unacknowledged"): then nothing of
    /// it is sent. `now`, when known, is when the stanza counts as sent: for delay stamps of what
    /// is never acknowledged.
    Result<void> send(const Stanza& stanza, TimePoint now = {});
    /// Everything up to the AckWanted of this count is safe: says <a/>.
    void acknowledge(std::uint32_t count);
    /// Ends with a stream error, or politely without one.
    void close(TimePoint now);
    void close(const StreamError& error, TimePoint now);
    /// After the link broke: the unacknowledged stanzas and counters, to be kept for resumption.
    std::unique_ptr<Management> take_management();

    const Jid& full() const;  ///< empty before SessionStarted
    bool is_secure() const;   ///< TLS stands
    bool is_over() const;
    std::size_t unsent_bytes() const;
    bool has_room() const;  ///< see Management; always without stream management
    void rest();            ///< frees what an idle stream does not need

  private:
    std::unique_ptr<ServerMachine> machine_;
};

}  // namespace sallyport::xmpp
