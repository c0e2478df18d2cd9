// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "xmpp/core/digest.hpp"
#include "xmpp/sasl/wiped.hpp"

/// SASL (RFC 4422) as XMPP uses it (RFC 6120 §6): one challenge in, one response out, both sides.
/// Mechanisms are pure: no stream, store, clock or thread; randomness is passed in. What a server's
/// mechanism must know about an account it *asks*, and its driver answers now or later. Bytes here
/// are decoded: base64 belongs to the stream.
namespace sallyport::xmpp::sasl {

/// RFC 6120 §6.5, the conditions of <failure/>.
enum class Fault {
    aborted,
    account_disabled,
    credentials_expired,
    encryption_required,
    incorrect_encoding,
    invalid_authzid,
    invalid_mechanism,
    malformed_request,
    mechanism_too_weak,
    not_authorized,
    temporary_auth_failure
};
std::string_view to_string(Fault fault);
std::optional<Fault> parse_fault(std::string_view word);

using sallyport::Hash;

/// Channel bindings of this connection (RFC 9266, RFC 5929); empty = not to be had.
struct Binding {
    std::string exporter;
    std::string end_point;
    std::string finished = {};  ///< tls-unique; servers take it and never offer it
    bool is_empty() const { return exporter.empty() && end_point.empty(); }
};

// ---- what a server's mechanism asks about accounts ----

/// The SCRAM keys of this account for this hash. Answer: Keys; Denied when there is no such account
/// or no such keys: the mechanism then goes on with made-up ones, so that nobody learns who exists.
struct AskKeys {
    std::string user;
    Hash hash = Hash::sha1;
};
/// Is this the account's password? Answer: Granted or Denied. Costs a key derivation.
struct AskPassword {
    std::string user;
    std::string password;
};
/// What a legacy mechanism computes with. Answer: Secret or Denied.
struct AskSecret {
    enum class Kind {
        digest_md5,  ///< MD5(user:realm:password), 16 bytes
        cram_md5     ///< HMAC-MD5 key state of the password, 32 bytes (legacy/secrets.hpp)
    };
    std::string user;
    Kind kind = Kind::digest_md5;
};
/// Is this token good? `user` may be empty (it then comes with Granted). Answer: Granted or Denied.
/// For HT-* `token` is the client's proof, to be compared with hashed_token(stored token,
/// "Initiator", `binding`), and Granted's `data` is hashed_token(…, "Responder", `binding`)
/// (XEP-0484; hashed_token.hpp). For JIVE-SHAREDSECRET it is the secret's MD5 in hex.
struct AskToken {
    std::string mechanism;
    std::string user;
    std::string token;
    std::string binding;
};
/// May this account, for which the client's certificate stands, log in now? Answer: Granted or
/// Denied.
struct AskCertificate {
    std::string user;
};
/// A nameless account for this session (RFC 4505). Answer: Granted (user) or Denied.
struct AskAnonymous {};
using Question =
    std::variant<AskKeys, AskPassword, AskSecret, AskToken, AskCertificate, AskAnonymous>;

/// RFC 5802 §3: what a server stores instead of a password.
struct Keys {
    std::string salt;
    int iterations = 0;
    std::string stored_key;
    std::string server_key;
};
struct Secret {
    std::string bytes;
};
struct Granted {
    std::string user;  ///< normalised localpart
    std::string data;  ///< for the client, with success
};
struct Denied {
    Fault fault = Fault::not_authorized;
};
using Answer = std::variant<Keys, Secret, Granted, Denied>;

// ---- the server's side ----

struct Challenge {
    std::string bytes;
};
/// `user` has proved who they are; `authzid` is what they asked to act as, "" = themselves: the
/// stream judges it with authorise(), the one function for all mechanisms.
struct Success {
    std::string user;
    std::string authzid;
    std::string data;  ///< additional data with success, "" = none
};
using ServerStep = std::variant<Challenge, Question, Success, Fault>;

class ServerMechanism {
  public:
    virtual ~ServerMechanism() = default;
    /// The initial response, or the response to the last challenge. A mechanism whose client speaks
    /// first and that got no initial response is asked nothing: its driver sends an empty
    /// challenge.
    virtual ServerStep respond(std::string_view response) = 0;
    /// The answer to the question of the last step.
    virtual ServerStep answer(const Answer& answer) = 0;
};

/// What a server's mechanism is given.
struct ServerSetting {
    std::string domain;                  ///< of the stream, normalised
    Binding binding;                     ///< of this connection
    std::vector<std::string> certified;  ///< accounts that the client's certificate stands for
    std::vector<std::string> offered;    ///< mechanisms that this stream offered (downgrade checks)
    std::vector<std::string> bindings;   ///< channel binding types that it offered (XEP-0440)
    std::string fake_salt_key;           ///< HMAC key for salts of accounts that do not exist
    int iterations = 10'000;             ///< what made-up accounts pretend
    std::string nonce;                   ///< unpredictable, one per exchange
};

/// The bare localpart that this exchange may act as (RFC 6120 §6.3.8): `authzid` must be empty or,
/// normalised, the bare JID of `user` at `domain`. Nothing: invalid-authzid.
std::optional<std::string> authorise(const Success& success, std::string_view domain);

// ---- the client's side ----

struct ClientSetting {
    std::string domain;
    std::string user;      ///< localpart as typed
    std::string authzid;   ///< "" = none
    std::string password;  ///< or token, for token mechanisms
    Binding binding;
    bool server_offers_binding = false;  ///< some -PLUS was offered: gs2 flag n / y / p
    std::vector<std::string> offered;    ///< mechanisms and binding types, for XEP-0474
    std::vector<std::string> bindings;
    std::string nonce;
    int max_iterations = 1'000'000;
};
/// Give up: what the server sent is wrong (`attack`: it does not know what it must), or we cannot.
struct GiveUp {
    std::string why;
    bool is_attack = false;
};
/// A key has to be derived from the password (SaltedPassword of RFC 5802 §3) before the mechanism
/// can go on: the server says how often, so it may take most of a second. Answer: derived().
struct KeyWanted {
    Hash hash = Hash::sha1;
    Wiped password;
    std::string salt;
    int iterations = 0;

    /// On any thread.
    Wiped derive() const;
};
using ClientStep = std::variant<std::string, GiveUp, KeyWanted>;

class ClientMechanism {
  public:
    virtual ~ClientMechanism() = default;
    /// Nothing: the server speaks first.
    virtual std::optional<std::string> initial() = 0;
    virtual ClientStep challenge(std::string_view bytes) = 0;
    /// The answer to the KeyWanted of the last step.
    virtual ClientStep derived(std::string_view key) {
        static_cast<void>(key);
        return GiveUp{"no key was wanted"};
    }
    /// The server said success with this data: nothing when all that it had to prove is proved.
    virtual std::optional<GiveUp> success(std::string_view data) = 0;
};

// ---- the table ----

/// What must be so before a mechanism may be offered or used.
struct Needs {
    bool tls = false;
    bool binding = false;      ///< -PLUS
    bool certificate = false;  ///< EXTERNAL
    bool legacy = false;       ///< the explicit switch
};
/// What a client must have to use a mechanism.
enum class Credential { password, token, fast_token, certificate, shared_secret, nothing };
struct MechanismRow {
    std::string_view name;
    int rank = 0;  ///< higher is stronger: the client's order
    Credential credential = Credential::password;
    Needs needs;
    bool client_first = true;
    std::unique_ptr<ServerMechanism> (*make_server)(const ServerSetting&) = nullptr;
    std::unique_ptr<ClientMechanism> (*make_client)(const ClientSetting&) = nullptr;
};
/// All mechanisms, strongest first.
std::span<const MechanismRow> mechanisms();
const MechanismRow* find_mechanism(std::string_view name);

/// What to store for a password (RFC 5802 §3, SASLprep applied). An error when it cannot be a
/// password (SASLprep refuses it, or it is empty).
std::optional<Keys> derive_keys(
    Hash hash, std::string_view password, std::string_view salt, int iterations
);
/// Compares in constant time what derive_keys gives for this password with `keys`.
bool is_password(Hash hash, std::string_view password, const Keys& keys);

}  // namespace sallyport::xmpp::sasl
