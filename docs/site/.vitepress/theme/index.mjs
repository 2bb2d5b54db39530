// VitePress' own theme, without fonts from elsewhere: the site needs no network beside its own host.
import Theme from "vitepress/theme-without-fonts";

import "./style.css";

export default Theme;
