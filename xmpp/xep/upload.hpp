// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <boost/system/result.hpp>

#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza_error.hpp"
#include "xmpp/xep/forms.hpp"

namespace sallyport::xmpp {

/// XEP-0363 §5: a wish for a place to upload one file to.
struct UploadRequest {
    std::string file_name;
    std::uint64_t size_bytes = 0;
    std::string content_type;  ///< "" = not said
};
/// Errors: bad-request without a name or a size that is a number above 0.
boost::system::result<UploadRequest, StanzaError> parse_upload_request(const Element& request);
Element build_upload_request(const UploadRequest& request);

struct UploadSlot {
    std::string put_url;
    std::string get_url;
};
Element build_upload_slot(const UploadSlot& slot);
UploadSlot parse_upload_slot(const Element& slot);
/// §7: the file is larger than this service takes.
StanzaError file_too_large(std::uint64_t max_bytes);
/// What disco#info says of the service beside its feature (XEP-0128).
Form build_upload_form(std::uint64_t max_bytes);

}  // namespace sallyport::xmpp
