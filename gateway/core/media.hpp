// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "gateway/core/world.hpp"
#include "gateway/port/types.hpp"

namespace sallyport::core {

/// Why a picture did not come or may not go, as a sentence for a person.
struct MediaError {
    std::string text;
};
using MediaResult = boost::system::result<port::Attachment, MediaError>;

/// Pictures and files, both ways (product.md, Media). Implemented where HTTP and disk are known.
class Media {
  public:
    virtual ~Media() = default;
    using Copied = std::function<void(MediaResult)>;
    /// Copies what a network offers into data/media, with retries; the answer's url is ours. The
    /// error says why, for a person.
    virtual void copy_in(
        Domain& domain, const std::string& own, port::Attachment attachment, Copied done
    ) = 0;
    /// Looks at a link that a user sent before it is passed on: https, public address, size, type.
    /// The error is for the user.
    virtual void check_out(std::string url, Copied done) = 0;
};

}  // namespace sallyport::core
