// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cassert>
#include <cstdint>
#include <utility>

// The key state of HMAC-MD5 is reachable only through the old interface.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/md5.h>

#include "xmpp/core/text.hpp"
#include "xmpp/sasl/crypto.hpp"
#include "xmpp/sasl/identity.hpp"
#include "xmpp/sasl/legacy/secrets.hpp"
#include "xmpp/sasl/rows.hpp"

// CRAM-MD5 (RFC 2195): challenge = any text; response = user SP hex(HMAC-MD5(password, challenge))
namespace sallyport::xmpp::sasl {
namespace {

constexpr std::size_t state_bytes = 16;

void put(std::string& out, std::uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((word >> shift) & 0xFF);
}

std::uint32_t get(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 4; i-- > 0;) word = word << 8 | static_cast<unsigned char>(bytes[at + i]);
    return word;
}

// The state after one block of the key, each byte of it changed by `pad`.
std::string state_of(std::string_view key, unsigned char pad) {
    std::array<unsigned char, MD5_CBLOCK> block{};
    for (std::size_t i = 0; i < block.size(); ++i) {
        unsigned byte = i < key.size() ? static_cast<unsigned char>(key[i]) : 0U;
        block[i] = static_cast<unsigned char>(byte ^ pad);
    }
    MD5_CTX context;
    MD5_Init(&context);
    MD5_Update(&context, block.data(), block.size());
    std::string state;
    for (std::uint32_t word : {context.A, context.B, context.C, context.D}) put(state, word);
    OPENSSL_cleanse(&context, sizeof(context));
    OPENSSL_cleanse(block.data(), block.size());
    return state;
}

std::string go_on(std::string_view state, std::string_view bytes) {
    MD5_CTX context;
    MD5_Init(&context);
    context.A = get(state, 0);
    context.B = get(state, 4);
    context.C = get(state, 8);
    context.D = get(state, 12);
    context.Nl = MD5_CBLOCK * 8;  // bits seen so far
    MD5_Update(&context, bytes.data(), bytes.size());
    std::string out(MD5_DIGEST_LENGTH, '\0');
    MD5_Final(reinterpret_cast<unsigned char*>(out.data()), &context);
    return out;
}

class CramServer final : public ServerMechanism {
  public:
    explicit CramServer(const ServerSetting& setting)
        : domain_(setting.domain), challenge_('<' + setting.nonce + '@' + setting.domain + '>') {}

    ServerStep respond(std::string_view response) override {
        switch (std::exchange(awaits_, Awaits::nothing)) {
            case Awaits::start:
                if (!response.empty()) return Fault::malformed_request;
                awaits_ = Awaits::response;
                return Challenge{challenge_};
            case Awaits::response:
                return take(response);
            default:
                return Fault::malformed_request;
        }
    }
    ServerStep answer(const Answer& answer) override {
        const auto* secret = std::get_if<Secret>(&answer);
        if (!secret || secret->bytes.size() != 2 * state_bytes)
            return conclude(Answer(fault_of(answer)), user_, {});
        if (!equal_constant_time(cram_md5_response(secret->bytes, challenge_), digest_))
            return Fault::not_authorized;
        return Success{user_, {}, {}};
    }

  private:
    enum class Awaits { start, response, nothing };

    static Denied fault_of(const Answer& answer) {
        const auto* denied = std::get_if<Denied>(&answer);
        return denied ? *denied : Denied{};
    }
    ServerStep take(std::string_view response) {
        std::size_t space = response.rfind(' ');
        if (space == response.npos || response.size() - space - 1 != 2 * MD5_DIGEST_LENGTH)
            return Fault::malformed_request;
        digest_ = response.substr(space + 1);
        std::optional<std::string> user = normal_user(response.substr(0, space), domain_);
        if (!user) return Fault::not_authorized;
        user_ = std::move(*user);
        return Question(AskSecret{user_, AskSecret::Kind::cram_md5});
    }

    const std::string domain_;
    const std::string challenge_;
    Awaits awaits_ = Awaits::start;
    std::string user_;
    std::string digest_;
};

class CramClient final : public ClientMechanism {
  public:
    explicit CramClient(const ClientSetting& setting)
        : user_(setting.user), secret_(cram_md5_secret(setting.password)) {}

    std::optional<std::string> initial() override { return std::nullopt; }
    ClientStep challenge(std::string_view bytes) override {
        if (bytes.empty() || std::exchange(has_answered_, true))
            return GiveUp{"a challenge that CRAM-MD5 does not have"};
        return user_ + ' ' + cram_md5_response(secret_, bytes);
    }
    std::optional<GiveUp> success(std::string_view) override {
        if (has_answered_) return std::nullopt;
        return GiveUp{"success before anything was proved", true};
    }

  private:
    const std::string user_;
    const Wiped secret_;
    bool has_answered_ = false;
};

}  // namespace

std::string cram_md5_secret(std::string_view password) {
    Wiped key(password.size() > MD5_CBLOCK ? md5(password) : std::string(password));
    return state_of(key, 0x36) + state_of(key, 0x5C);
}

std::string cram_md5_response(std::string_view secret, std::string_view challenge) {
    assert(secret.size() == 2 * state_bytes);
    std::string inner = go_on(secret.substr(0, state_bytes), challenge);
    return hex_encode(go_on(secret.substr(state_bytes), inner));
}

std::unique_ptr<ServerMechanism> make_cram_md5_server(const ServerSetting& setting) {
    return std::make_unique<CramServer>(setting);
}

std::unique_ptr<ClientMechanism> make_cram_md5_client(const ClientSetting& setting) {
    return std::make_unique<CramClient>(setting);
}

}  // namespace sallyport::xmpp::sasl
