// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_names.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gateway/net/deleter.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/tls.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::CertificateNames;

struct Row {
    CertificateNames names;
    std::string_view name;
    std::string_view service;
    bool expected;
};

TEST(TlsNames, of_a_server_are_matched_as_the_rfcs_say) {
    const std::string_view xmpp = "_xmpp-client";
    const Row rows[] = {
        // DNS-ID
        {{{"example.org"}, {}, {}, {}}, "example.org", xmpp, true},
        {{{"EXAMPLE.org"}, {}, {}, {}}, "example.org", xmpp, true},
        {{{"a.example", "example.org"}, {}, {}, {}}, "example.org", {}, true},
        {{{"example.net"}, {}, {}, {}}, "example.org", xmpp, false},
        {{{"example.org"}, {}, {}, {}}, "im.example.org", xmpp, false},
        {{{"xn--strae-oqa.de"}, {}, {}, {}}, "xn--strae-oqa.de", xmpp, true},
        {{{std::string("example.org\0.evil.net", 20)}, {}, {}, {}}, "example.org", xmpp, false},
        {{}, "example.org", xmpp, false},
        // The dot at the end is DNS's root, and no part of the name (RFC 9525 §6.3)
        {{{"example.org"}, {}, {}, {}}, "example.org.", xmpp, true},
        {{{"example.org."}, {}, {}, {}}, "example.org", xmpp, true},
        {{{"example.org."}, {}, {}, {}}, "example.org.", xmpp, true},
        {{{"example.org"}, {}, {}, {}}, "example.org..", xmpp, false},
        {{{"*.example.org"}, {}, {}, {}}, "im.example.org.", xmpp, true},
        {{{"*.example.org."}, {}, {}, {}}, "im.example.org", xmpp, true},
        {{{"*.org"}, {}, {}, {}}, "example.org.", xmpp, false},
        {{{"*.org."}, {}, {}, {}}, "example.org.", xmpp, false},
        {{{}, {"_xmpp-client.example.org"}, {}, {}}, "example.org.", xmpp, true},
        {{{}, {"_xmpp-client.example.org."}, {}, {}}, "example.org", xmpp, true},
        {{{}, {}, {"example.org"}, {}}, "example.org.", xmpp, true},
        {{{}, {}, {}, {"192.0.2.1"}}, "192.0.2.1.", xmpp, false},
        {{{"."}, {}, {}, {}}, "", xmpp, false},
        // Wildcards: the whole left-most label, and one label
        {{{"*.example.org"}, {}, {}, {}}, "im.example.org", xmpp, true},
        {{{"*.example.org"}, {}, {}, {}}, "example.org", xmpp, false},
        {{{"*.example.org"}, {}, {}, {}}, "a.im.example.org", xmpp, false},
        {{{"*.example.org"}, {}, {}, {}}, ".example.org", xmpp, false},
        {{{"i*.example.org"}, {}, {}, {}}, "im.example.org", xmpp, false},
        {{{"im.*.org"}, {}, {}, {}}, "im.example.org", xmpp, false},
        {{{"*.*.org"}, {}, {}, {}}, "im.example.org", xmpp, false},
        {{{"*.org"}, {}, {}, {}}, "example.org", xmpp, false},
        {{{"*"}, {}, {}, {}}, "localhost", xmpp, false},
        // SRV-ID: of our service alone
        {{{}, {"_xmpp-client.example.org"}, {}, {}}, "example.org", xmpp, true},
        {{{}, {"_XMPP-client.Example.org"}, {}, {}}, "example.org", xmpp, true},
        {{{}, {"_xmpp-server.example.org"}, {}, {}}, "example.org", xmpp, false},
        {{{}, {"_xmpp-client.*.org"}, {}, {}}, "example.org", xmpp, false},
        {{{}, {"_xmpp-client.example.org"}, {}, {}}, "example.org", {}, false},
        // XmppAddr: a domain, and for XMPP alone
        {{{}, {}, {"example.org"}, {}}, "example.org", xmpp, true},
        {{{}, {}, {"juliet@example.org"}, {}}, "example.org", xmpp, false},
        {{{}, {}, {"*.example.org"}, {}}, "im.example.org", xmpp, false},
        {{{}, {}, {"example.org"}, {}}, "example.org", {}, false},
        // IP-ID
        {{{}, {}, {}, {"192.0.2.1"}}, "192.0.2.1", xmpp, true},
        {{{}, {}, {}, {"2001:db8::1"}}, "2001:DB8:0::1", xmpp, true},
        {{{"192.0.2.1"}, {}, {}, {}}, "192.0.2.1", xmpp, false},
        {{{}, {}, {"192.0.2.1"}, {}}, "192.0.2.1", xmpp, false},
    };
    for (const Row& row : rows)
        EXPECT_EQ(net::is_for(row.names, row.name, row.service), row.expected)
            << row.names.to_string() << " for " << row.name << " as " << row.service;
}

using net::Deleter;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Made = std::unique_ptr<X509, Deleter<X509_free>>;

/// What is to be made, and by whom.
struct Wish {
    std::string names;  ///< subjectAltName as OpenSSL's configuration has it
    long valid_from = -3600;
    long valid_to = 3600;
    X509* issuer = nullptr;  ///< itself
    EVP_PKEY* issuer_key = nullptr;
    std::string usage = "serverAuth";
    std::string constraints = {};  ///< of an issuer
    std::string common_name = "example.org";
};

void add(X509& certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* made = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    ASSERT_NE(made, nullptr) << value;
    X509_add_ext(&certificate, made, -1);
    X509_EXTENSION_free(made);
}

Made make(EVP_PKEY& key, const Wish& wish) {
    Made made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), wish.issuer ? 2 : 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.valid_to);
    X509_set_pubkey(made.get(), &key);
    // The common name is nearly always the right one, and never helps.
    const std::string name = wish.issuer ? wish.common_name : "Issuer";
    const auto* cn = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(made.get()), "CN", MBSTRING_ASC, cn, -1, -1, 0
    );
    X509* issuer = wish.issuer ? wish.issuer : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    add(*made, issuer, NID_basic_constraints, wish.issuer ? "CA:FALSE" : "critical,CA:TRUE");
    if (!wish.names.empty()) add(*made, issuer, NID_subject_alt_name, wish.names);
    if (!wish.constraints.empty()) add(*made, issuer, NID_name_constraints, wish.constraints);
    if (wish.issuer) add(*made, issuer, NID_ext_key_usage, wish.usage);
    X509_sign(made.get(), wish.issuer_key ? wish.issuer_key : &key, EVP_sha256());
    return made;
}

/// An issuer that is trusted, and a server with a certificate as wished.
class Certificates : public testing::Test {
  protected:
    /// The detail of the error that a client meets, "" when it is content.
    std::string meet(Wish wish, const net::ClientTlsOptions& options, std::string_view name) {
        if (!wish.issuer) {
            wish.issuer = root_.get();
            wish.issuer_key = root_key_.get();
        }
        write(*make(*key_, wish));
        const auto server = net::make_server_tls(folder_ / "chain", folder_ / "key").value();
        const auto client = net::make_client_tls(folder_ / "root", options).value();
        return shake(*client->make_session(name), *server->make_session({}));
    }
    void write(X509& certificate) {
        save("root", [&](std::FILE* file) { PEM_write_X509(file, root_.get()); });
        save("chain", [&](std::FILE* file) { PEM_write_X509(file, &certificate); });
        save("key", [&](std::FILE* file) {
            PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    template <class Write>
    void save(const char* name, Write&& write) {
        std::FILE* file = std::fopen((folder_ / name).c_str(), "w");
        write(file);
        std::fclose(file);
    }
    static std::string shake(net::TlsSession& client, net::TlsSession& server) {
        const auto nothing = [](std::string_view) {};
        std::string up, down;
        Result<> said = client.start(up);
        while (said && !up.empty()) {
            const Result<> heard = server.feed(std::exchange(up, {}), down, nothing);
            if (!heard) return "server: " + heard.error().detail;
            said = client.feed(std::exchange(down, {}), up, nothing);
        }
        if (said) return "";
        EXPECT_EQ(net::fault_word(said.error()), "certificate");
        EXPECT_FALSE(up.empty()) << "the server is told why";
        return said.error().detail;
    }

    const net::ClientTlsOptions xmpp_{"xmpp-client", "_xmpp-client"};
    const net::ClientTlsOptions plain_{};
    Folder folder_;
    Key root_key_{EVP_EC_gen("P-256")};
    Key key_{EVP_EC_gen("P-256")};
    Made root_ = make(*root_key_, Wish{});
};

const char* const srv_id = "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-client.example.org";

TEST_F(Certificates, are_taken_for_a_dns_name) {
    EXPECT_EQ(meet({"DNS:example.org"}, xmpp_, "example.org"), "");
    EXPECT_EQ(meet({"DNS:*.example.org"}, xmpp_, "im.example.org"), "");
    EXPECT_EQ(meet({"DNS:xn--strae-oqa.example"}, xmpp_, "straße.example"), "");
}

TEST_F(Certificates, are_taken_for_a_name_with_a_dot_at_its_end) {
    EXPECT_EQ(meet({"DNS:example.org"}, xmpp_, "example.org."), "");
    EXPECT_EQ(meet({srv_id}, xmpp_, "example.org."), "");
    const auto client = net::make_client_tls(folder_ / "root", xmpp_).value();
    std::string hello;
    ASSERT_TRUE(client->make_session("example.org.")->start(hello));
    EXPECT_NE(hello.find("example.org"), std::string::npos) << "SNI (RFC 6066 §3) …";
    EXPECT_EQ(hello.find("example.org."), std::string::npos) << "… has no such dot";
}

TEST_F(Certificates, are_taken_for_the_name_of_the_service) {
    EXPECT_EQ(meet({srv_id}, xmpp_, "example.org"), "");
    EXPECT_EQ(
        meet({srv_id}, plain_, "example.org"),
        "the certificate is for _xmpp-client.example.org, not for example.org"
    );
}

TEST_F(Certificates, are_taken_for_an_xmpp_address) {
    const std::string id = "otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org";
    EXPECT_EQ(meet({id}, xmpp_, "example.org"), "");
    EXPECT_NE(meet({id}, plain_, "example.org"), "");
}

// RFC 5280 §4.2.1.10: each kind of name has constraints of its own, so one who may sign for the
// hosts of one company alone would be free to name the services of all others.
TEST_F(Certificates, of_an_issuer_with_constraints_are_for_hosts_alone) {
    Wish constrained;
    constrained.constraints = "critical,permitted;DNS:corp.example";
    root_ = make(*root_key_, constrained);
    Wish wish{srv_id};
    wish.common_name = "corp.example";
    EXPECT_NE(meet(wish, xmpp_, "example.org"), "");
    wish.names = "otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org";
    EXPECT_NE(meet(wish, xmpp_, "example.org"), "");
    wish.names = "DNS:im.corp.example";
    EXPECT_EQ(meet(wish, xmpp_, "im.corp.example"), "");
}

TEST_F(Certificates, of_another_name_say_whom_they_are_for) {
    EXPECT_EQ(
        meet({"DNS:a.example.net,DNS:b.example.net"}, xmpp_, "example.org"),
        "the certificate is for a.example.net, b.example.net, not for example.org"
    );
}

TEST_F(Certificates, with_the_right_common_name_alone_are_for_nobody) {
    EXPECT_EQ(
        meet({""}, xmpp_, "example.org"), "the certificate is for nobody, not for example.org"
    );
}

TEST_F(Certificates, that_are_out_of_date_say_since_when) {
    const std::string old = meet({"DNS:example.org", -7200, -3600}, xmpp_, "example.org");
    EXPECT_TRUE(old.starts_with("the certificate expired on 20")) << old;
    const std::string early = meet({"DNS:example.org", 3600, 7200}, xmpp_, "example.org");
    EXPECT_TRUE(early.starts_with("the certificate is not valid before 20")) << early;
}

TEST_F(Certificates, that_nobody_signed_say_so) {
    const Key own(EVP_EC_gen("P-256"));
    write(*make(*key_, {"DNS:example.org"}));
    const auto server = net::make_server_tls(folder_ / "chain", folder_ / "key").value();
    const auto client = net::make_client_tls(folder_ / "root", xmpp_).value();
    const std::string said = shake(*client->make_session("example.org"), *server->make_session({}));
    EXPECT_NE(said.find("self-signed"), std::string::npos) << said;
}

TEST_F(Certificates, of_an_unknown_issuer_say_so) {
    const Key other_key(EVP_EC_gen("P-256"));
    const Made other = make(*other_key, Wish{});
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(other.get()),
        "O",
        MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>("Other"),
        -1,
        -1,
        0
    );
    Wish wish{"DNS:example.org"};
    wish.issuer = other.get();
    wish.issuer_key = other_key.get();
    EXPECT_EQ(
        meet(wish, xmpp_, "example.org"), "nobody who is trusted here has signed the certificate"
    );
}

TEST_F(Certificates, of_clients_are_none_for_servers) {
    Wish wish{"DNS:example.org"};
    wish.usage = "clientAuth";
    const std::string said = meet(wish, xmpp_, "example.org");
    EXPECT_NE(said.find("the certificate was refused"), std::string::npos) << said;
}

TEST_F(Certificates, come_with_the_protocol_that_was_offered) {
    write(*make(*key_, {"DNS:example.org", -3600, 3600, root_.get(), root_key_.get()}));
    const auto strict =
        net::make_server_tls(folder_ / "chain", folder_ / "key", {"xmpp-client", true, true});
    const auto named = net::make_client_tls(folder_ / "root", xmpp_).value();
    const auto other = net::make_client_tls(folder_ / "root", {"http/1.1", {}}).value();
    EXPECT_EQ(shake(*named->make_session("example.org"), *(*strict)->make_session({})), "");
    EXPECT_NE(shake(*other->make_session("example.org"), *(*strict)->make_session({})), "");
}

}  // namespace
}  // namespace sallyport::test
