// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <boost/system/result.hpp>

#include "gateway/server/service.hpp"
#include "xmpp/xep/upload.hpp"

namespace sallyport::server {

/// Where uploaded files go; known where HTTP and disk are.
class UploadPlace {
  public:
    using Answer = boost::system::result<xmpp::UploadSlot, xmpp::StanzaError>;
    using Reserved = std::function<void(Answer)>;
    virtual ~UploadPlace() = default;
    /// The largest file that is taken; 0 = none is, for there is no public address.
    virtual std::uint64_t max_bytes() const = 0;
    /// A place for one file of this user. `reserved` is called once, now or later.
    virtual void reserve(
        const xmpp::Jid& user, const xmpp::UploadRequest& request, Reserved reserved
    ) = 0;
    /// The account is removed, with these records: uploads that have not come yet are refused, and
    /// the files that the records name go, uploaded or brought by a transport.
    virtual void forget(const xmpp::Jid& user, std::span<const std::string> records) = 0;
};

/// XEP-0363: people of this server get places to upload files to. The links are the only key to
/// them: nobody can guess one.
class Upload final : public Service {
  public:
    /// Both outlive it.
    Upload(Hub& hub, UploadPlace& place) : hub_(hub), place_(place) {}
    std::vector<Row> rows() override;
    std::vector<xmpp::Form> forms() const override;
    std::uint32_t hooks() const override { return Hook::account_removed; }
    void on_account_removed(const xmpp::Jid& bare, std::span<const std::string> records) override {
        place_.forget(bare, records);
    }

  private:
    Handled ask(Request& request);

    Hub& hub_;
    UploadPlace& place_;
};

}  // namespace sallyport::server
