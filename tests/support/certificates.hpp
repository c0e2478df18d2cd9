// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sallyport::test {

/// Files of one certificate, as PEM: with its issuers behind it where they are not believed anyway.
struct CertificateFiles {
    std::filesystem::path chain;
    std::filesystem::path key;
};

/// What a certificate says. Of a client by default.
struct CertificateWish {
    /// XmppAddrs; each becomes an otherName of id-on-xmppAddr.
    std::vector<std::string> addresses;
    std::string usage = "clientAuth";      ///< "" = no extended key usage
    std::string common_name = "somebody";  ///< never counts
    std::string constraints = {};          ///< names that an issuer may sign for
    long valid_from = -3600;               ///< seconds from now
    long valid_to = 3600;
    bool is_issuer = false;
};

/// Signs certificates. Its own is FOLDER/NAME.pem.
class Issuer {
  public:
    /// One that nobody has signed. The folder is the caller's.
    Issuer(std::filesystem::path folder, const std::string& name);
    /// One that `by` has signed: what it signs brings its certificate along. `by` outlives it.
    Issuer(Issuer& by, const std::string& name, const CertificateWish& wish);
    ~Issuer();
    Issuer(const Issuer&) = delete;
    Issuer& operator=(const Issuer&) = delete;

    const std::filesystem::path& certificate() const;
    /// Written to FOLDER/NAME.pem and FOLDER/NAME.key.
    CertificateFiles issue(const std::string& name, const CertificateWish& wish);
    /// A list, as PEM, of those of its certificates in these files that are not good any more.
    std::string revoke(const std::vector<CertificateFiles>& bad, long valid_to = 3600);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::test
