// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_names.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include <arpa/inet.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace sallyport::net {

std::string_view without_root(std::string_view name) {
    const bool has_root = name.size() > 1 && name.ends_with('.');
    return has_root ? name.substr(0, name.size() - 1) : name;
}

namespace {

// RFC 4985 §2, RFC 6120 §13.7.1.4.
constexpr std::string_view srv_name_oid = "1.3.6.1.5.5.7.8.7";
constexpr std::string_view xmpp_address_oid = "1.3.6.1.5.5.7.8.5";

struct FreeNames {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string text_of(const ASN1_STRING* string) {
    const unsigned char* data = ASN1_STRING_get0_data(string);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(string));
    return {reinterpret_cast<const char*>(data), size};
}

std::string address_of(const ASN1_STRING* string) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const std::string bytes = text_of(string);
    const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
    if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return {};
    return inet_ntop(family, bytes.data(), text.data(), text.size());
}

void add_other(CertificateNames& names, const OTHERNAME& other) {
    std::array<char, 64> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), other.type_id, 1);
    const int type = ASN1_TYPE_get(other.value);
    if (oid.data() == srv_name_oid && type == V_ASN1_IA5STRING)
        names.services.push_back(text_of(other.value->value.ia5string));
    if (oid.data() == xmpp_address_oid && type == V_ASN1_UTF8STRING)
        names.xmpp.push_back(text_of(other.value->value.utf8string));
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// As DNS compares (RFC 9525 §6.3). A NUL in a presented name is a difference like any other.
bool is_same(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return to_lower(x) == to_lower(y);
    });
}

bool matches(std::string_view presented, std::string_view name) {
    if (!presented.starts_with("*.")) return is_same(presented, name);
    const std::string_view parent = presented.substr(1);
    const std::size_t dot = name.find('.');
    const bool is_deep = parent.find('.', 1) != parent.npos;
    return is_deep && dot != name.npos && dot > 0 && is_same(parent, name.substr(dot));
}

std::string canonical_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    for (const int family : {AF_INET, AF_INET6})
        if (inet_pton(family, name.c_str(), bytes.data()) == 1)
            return inet_ntop(family, bytes.data(), text.data(), text.size());
    return {};
}

std::string date_of(const ASN1_TIME* time) {
    tm parts{};
    std::array<char, 32> text{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "a time that cannot be read";
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

}  // namespace

CertificateNames read_names(const x509_st& certificate) {
    CertificateNames names;
    const std::unique_ptr<GENERAL_NAMES, FreeNames> found(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    for (int i = 0; found && i < sk_GENERAL_NAME_num(found.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
        if (name->type == GEN_DNS) names.dns.push_back(text_of(name->d.dNSName));
        if (name->type == GEN_IPADD) names.addresses.push_back(address_of(name->d.iPAddress));
        if (name->type == GEN_OTHERNAME) add_other(names, *name->d.otherName);
    }
    return names;
}

bool is_for(const CertificateNames& names, std::string_view name, std::string_view service) {
    const auto is_any = [](const std::vector<std::string>& of, auto&& matching) {
        return std::any_of(of.begin(), of.end(), matching);
    };
    const std::string address = canonical_address(std::string(name));
    if (!address.empty())
        return is_any(names.addresses, [&](const auto& one) { return one == address; });
    const std::string_view host = without_root(name);
    if (is_any(names.dns, [&](const auto& one) { return matches(without_root(one), host); }))
        return true;
    if (service.empty()) return false;
    const std::string wanted = std::string(service) + "." + std::string(host);
    return is_any(
               names.services, [&](const auto& one) { return is_same(without_root(one), wanted); }
           ) ||
           is_any(names.xmpp, [&](const auto& one) { return is_same(one, host); });
}

std::string CertificateNames::to_string() const {
    std::string text;
    for (const auto* group : {&dns, &services, &xmpp, &addresses})
        for (const std::string& name : *group) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "nobody" : text;
}

std::string explain_refusal(const x509_st* certificate, int verdict, std::string_view name) {
    std::string reason = X509_verify_cert_error_string(verdict);
    if (certificate == nullptr) return reason;
    switch (verdict) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
            return "the certificate is for " + read_names(*certificate).to_string() + ", not for " +
                   std::string(name);
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the certificate expired on " + date_of(X509_get0_notAfter(certificate));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the certificate is not valid before " +
                   date_of(X509_get0_notBefore(certificate));
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the certificate is self-signed, and not among those that are trusted here";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "nobody who is trusted here has signed the certificate";
        default:
            return "the certificate was refused: " + reason;
    }
}

}  // namespace sallyport::net
