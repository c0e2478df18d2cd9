// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_verify.hpp"

#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "gateway/net/error.hpp"
#include "gateway/net/tls_names.hpp"

namespace sallyport::net {
namespace {

constexpr long most_client_bytes = 32 * 1024;  ///< of certificates, of who may be anybody
constexpr int most_issuers = 5;  ///< between a client's certificate and a believed one

void* data_of(const X509_STORE_CTX* store) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    );
    return SSL_get_app_data(ssl);
}

/// Whether an issuer may sign for some names alone. Each kind of name has constraints of its own
/// (RFC 5280 §4.2.1.10), and OpenSSL knows none for those of services and of XMPP: whom he may not
/// name as a host he could name as a service, or as the address of somebody there.
bool is_constrained(const X509_STORE_CTX* store) {
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
    for (int i = 1; i < sk_X509_num(chain); ++i)
        if (X509_get_ext_by_NID(sk_X509_value(chain, i), NID_name_constraints, -1) >= 0)
            return true;
    return false;
}

/// OpenSSL calls this for each certificate of the chain, at the end for the server's own.
int verify_server(int is_fine, X509_STORE_CTX* store) {
    auto& expected = *static_cast<TlsPeer*>(data_of(store));
    const X509* certificate = X509_STORE_CTX_get_current_cert(store);
    const bool is_last = is_fine == 1 && X509_STORE_CTX_get_error_depth(store) == 0;
    const std::string_view service = is_constrained(store) ? std::string_view() : expected.service;
    if (is_last && !is_for(read_names(*certificate), expected.name, service)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
        is_fine = 0;
    }
    if (is_fine == 0)
        expected.problem =
            explain_refusal(certificate, X509_STORE_CTX_get_error(store), expected.name);
    return is_fine;
}

/// What is wrong with a client's certificate; "" when it is believed.
std::string find_problem(X509_STORE_CTX* store) {
    X509* certificate = X509_STORE_CTX_get0_cert(store);
    if (X509_verify_cert(store) != 1)
        return explain_refusal(certificate, X509_STORE_CTX_get_error(store), {});
    // RFC 6120 §13.7.1.1: rule 2 for certificates of end entities.
    if ((X509_get_extension_flags(certificate) & EXFLAG_CA) != 0)
        return "the certificate is an issuer's own";
    if (is_constrained(store)) return "an issuer of the certificate may sign for some names alone";
    return {};
}

/// OpenSSL keeps what the client sent for as long as the session lives, some KiB that nobody looks
/// at again. The key of its own certificate, with which the handshake goes on, stays.
void forget_chain(X509_STORE_CTX* store) {
    X509_STORE_CTX_set0_verified_chain(store, nullptr);
    STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
    while (sk_X509_num(sent) > 1) X509_free(sk_X509_pop(sent));
}

/// Instead of OpenSSL's own verification, which would end the session.
int judge_client(X509_STORE_CTX* store, void*) {
    auto& peer = *static_cast<std::unique_ptr<TlsPeer>*>(data_of(store));
    peer = std::make_unique<TlsPeer>();
    ERR_set_mark();
    peer->problem = find_problem(store);
    if (peer->problem.empty()) peer->addresses = read_names(*X509_STORE_CTX_get0_cert(store)).xmpp;
    ERR_pop_to_mark();  // what is wrong with the certificate is no error of the session
    forget_chain(store);
    return 1;
}

bool has_crl(X509_STORE* store) {
    const STACK_OF(X509_OBJECT)* all = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(all); ++i)
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(all, i)) == X509_LU_CRL) return true;
    return false;
}

}  // namespace

void expect_server(SSL& session, TlsPeer& peer) {
    SSL_set_app_data(&session, &peer);
    SSL_set_verify(&session, SSL_VERIFY_PEER, verify_server);
}

Result<> ask_clients(SSL_CTX& context, const std::filesystem::path& ca) {
    // Not the context's own store, of which OpenSSL would make a chain for our own certificate.
    X509_STORE* store = X509_STORE_new();
    SSL_CTX_set0_verify_cert_store(&context, store);
    const int is_read = X509_STORE_load_file(store, ca.c_str());
    STACK_OF(X509_NAME)* names = is_read == 1 ? SSL_load_client_CA_file(ca.c_str()) : nullptr;
    ERR_clear_error();
    if (names == nullptr)
        return make_error(Fault::tls, ca.string() + ": no issuers of certificates can be read");
    SSL_CTX_set_client_CA_list(&context, names);
    X509_STORE_set_flags(
        store, X509_V_FLAG_PARTIAL_CHAIN | (has_crl(store) ? X509_V_FLAG_CRL_CHECK : 0)
    );
    SSL_CTX_set_max_cert_list(&context, most_client_bytes);
    SSL_CTX_set_verify_depth(&context, most_issuers);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(&context, judge_client, nullptr);
    return {};
}

void judge_client_into(SSL& session, std::unique_ptr<TlsPeer>& peer) {
    SSL_set_app_data(&session, &peer);
}

}  // namespace sallyport::net
