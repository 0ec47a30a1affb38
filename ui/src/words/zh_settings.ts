/** The settings, and the question who manages a new shop's till, in Chinese. */
import type { Language } from "../generated/Language";
import type { TextSize } from "../generated/TextSize";
import type { Theme } from "../generated/Theme";
import type { LookRow, SettingsPage } from "../keys/settings";

export const settings = {
  tab: "设置",
  pages: { look: "语言和外观", people: "人员和 PIN" } satisfies Record<SettingsPage, string> as Record<SettingsPage, string>,
  other_page: "换一页",
  look_title: "语言和外观",
  look_why: "这台收银机和它的顾客屏都照这样。换了马上生效，购物篮不会动。",
  rows: { language: "语言", theme: "外观", text_size: "字的大小" } satisfies Record<LookRow, string> as Record<LookRow, string>,
  rows_why: {
    language: "屏幕和小票上的字。顾客屏总是中文带英文。",
    theme: "跟随系统：这台电脑设成什么就是什么。",
    text_size: "所有的字和按钮一起变大。",
  } satisfies Record<LookRow, string> as Record<LookRow, string>,
  languages: { "zh-CN": "简体中文", en: "English" } satisfies Record<Language, string> as Record<Language, string>,
  themes: { system: "跟随系统", light: "浅色", dark: "深色", contrast: "高对比" } satisfies Record<Theme, string> as Record<Theme, string>,
  text_sizes: { standard: "标准", large: "大", largest: "特大" } satisfies Record<TextSize, string> as Record<TextSize, string>,
  first_manager: {
    title: "谁管这台收银机？",
    why: "新的门店还没有人。先设一位店长，以后取现金、改人员这些事由店长批准。",
    points: ["名字和时间会记下来，总部看得到", "PIN 只留在这台机器里，别人看不到", "收银员以后在“设置 · 人员和 PIN”里加"],
    name: "店长的名字",
    pin: "PIN",
    pin_again: "再输一次 PIN",
    differs: "两次输的 PIN 不一样，还没有保存。再输一次",
    save: "设好，开始收银",
  },
};
