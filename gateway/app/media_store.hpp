// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "config/config.hpp"
#include "gateway/core/media.hpp"
#include "gateway/core/world.hpp"
#include "gateway/net/aside.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/http_server.hpp"

namespace sallyport::app {

/// A name for the file system and for links made from what somebody calls a file: letters, digits,
/// ".-_" alone, the ending kept, or made from the media type.
std::string safe_file_name(std::string_view name, std::string_view media_type);

/// Brings a written file of data/media to the disk, with the names of it and of its folder. `done`
/// runs on a later turn, not after the gateway's end.
using MakeDurable =
    std::function<void(std::filesystem::path file, std::function<void(Result<>)> done)>;
MakeDurable make_durable_beside(net::Aside& disk);

/// Pictures and files: copied into data/media/<token>/<name>, served at URL/media/<token>/<name>,
/// forgotten after `media.keep`. The token has 128 random bits: who knows the link may fetch it,
/// nobody else can guess it.
class MediaStore final : public core::Media {
  public:
    struct Tools {
        core::World& world;
        net::HttpClient& http;
        std::filesystem::path folder;
        std::string public_url;  ///< "" = nothing can be served, so nothing is copied
        MakeDurable make_durable;
    };
    explicit MediaStore(Tools tools) : tools_(std::move(tools)) {}

    void copy_in(
        core::Domain& domain, const std::string& own, port::Attachment attachment, Copied done
    ) override;
    void check_out(std::string url, Copied done) override;
    /// Answers GET and OPTIONS of /media/<token>/<name>.
    net::FileOrResponse serve(const port::HttpRequest& request) const;
    /// Deletes what is older than `media.keep`. Returns how many files went.
    std::size_t prune() const;

  private:
    struct Copy;
    void attempt(const std::shared_ptr<Copy>& copy);
    void keep(const std::shared_ptr<Copy>& copy, const port::HttpResponse& response);
    void remember(
        const core::Domain& domain, const std::string& own, const std::filesystem::path& file
    );
    void look(const std::string& url, std::string method, Copied done);
    port::HttpRequest guarded(std::string method, std::string url) const;
    const config::MediaConfig& limits() const { return tools_.world.config->media; }
    Tools tools_;
};

}  // namespace sallyport::app
