// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_binding.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace sallyport::net {
namespace {

/// RFC 5929 §4.1: the certificate's own signature hash, SHA-256 instead of MD5 and SHA-1.
std::string end_point_hash(const X509* certificate) {
    int hash = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, nullptr);
    if (hash == NID_undef || hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (X509_digest(certificate, EVP_get_digestbynid(hash), digest.data(), &length) != 1) return {};
    return {reinterpret_cast<const char*>(digest.data()), length};
}

/// RFC 5929 §3: of a full handshake alone, for in a resumed one the ends do not agree on whose
/// Finished it is. TLS 1.3 has no such type: a client has none there, a server what clients take
/// for it.
std::string client_finished(const SSL& ssl) {
    std::array<char, EVP_MAX_MD_SIZE> finished{};
    const bool is_server = SSL_is_server(&ssl) != 0;
    if (SSL_session_reused(&ssl) != 0) return {};
    if (!is_server && SSL_version(&ssl) >= TLS1_3_VERSION) return {};
    const std::size_t length = is_server
                                   ? SSL_get_peer_finished(&ssl, finished.data(), finished.size())
                                   : SSL_get_finished(&ssl, finished.data(), finished.size());
    return {finished.data(), std::min(length, finished.size())};
}

}  // namespace

bool is_spliceable(const SSL& session) {
    return SSL_version(&session) < TLS1_3_VERSION &&
           SSL_get_extms_support(const_cast<SSL*>(&session)) != 1;
}

TlsDone read_bindings(SSL& session) {
    TlsDone done;
    constexpr std::string_view label = "EXPORTER-Channel-Binding";  // RFC 9266 §2
    std::array<unsigned char, 32> exported{};
    const int ok = SSL_export_keying_material(
        &session, exported.data(), exported.size(), label.data(), label.size(), nullptr, 0, 0
    );
    if (ok == 1)
        done.exporter.assign(reinterpret_cast<const char*>(exported.data()), exported.size());
    const X509* certificate = SSL_is_server(&session) ? SSL_get_certificate(&session)
                                                      : SSL_get0_peer_certificate(&session);
    if (certificate != nullptr) done.end_point = end_point_hash(certificate);
    done.finished = client_finished(session);
    return done;
}

}  // namespace sallyport::net
