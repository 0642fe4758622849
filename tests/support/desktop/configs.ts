import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Colours of the panel, opaque, so that what an icon looks like on it can be computed. */
export const PANEL_COLOURS = { light: [0.9, 0.9, 0.9], dark: [0.15, 0.15, 0.15] } as const;
export type PanelColour = keyof typeof PANEL_COLOURS;
/** Pixels of the panel's bar, at the top edge of the first display, and of the icons in it: those that we draw. */
export const PANEL_HEIGHT = 32;
export const ICON_SIDE = 22;

/** Debian's dummy driver: several outputs, each of which a display can be plugged into and pulled out of, which Xvfb has not. */
export const xorgConfig = `Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "DontVTSwitch" "true"
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-1000
  VertRefresh 5-200
EndSection
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 65536
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Virtual 1600 1200
  EndSubSection
EndSection
`;

/** What desktops tell their programs: theme, fonts' resolution, scale. */
export function xsettings({ dark = false, scale = 1 }: { dark?: boolean; scale?: number }): string {
  const whole = Math.floor(scale);
  return [
    `Net/ThemeName "${dark ? 'Adwaita-dark' : 'Adwaita'}"`,
    `Net/IconThemeName "Adwaita"`,
    `Xft/DPI ${Math.round((96 * 1024 * scale) / whole) * whole}`,
    `Gdk/WindowScalingFactor ${whole}`,
    `Gdk/UnscaledDPI ${Math.round((96 * 1024 * scale) / whole)}`,
    '',
  ].join('\n');
}

const dunst = `[global]
  width = 360
  origin = top-right
  offset = 16x48
  font = DejaVu Sans 10
  mouse_left_click = do_action, close_current
  mouse_right_click = close_current
  idle_threshold = 0
[urgency_normal]
  timeout = 0
`;

function panel(colour: PanelColour): string {
  const background = [...PANEL_COLOURS[colour], 1].map((value) => `<value type="double" value="${value}"/>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array"><value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="${PANEL_HEIGHT}"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">${background}</property>
      <property name="output-name" type="string" value="Primary"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="icon-size" type="int" value="${ICON_SIDE}"/>
    </property>
  </property>
</channel>
`;
}

/** GTK has it inside, but under no name of its own. */
const DARK_THEME = '@import url("resource:///org/gtk/libgtk/theme/Adwaita/gtk-contained-dark.css");\n';

/** A program that only notes, one a line, what it is asked to open: the browser and the file manager of this desktop. */
function opener(opened: string): string {
  return `#!/bin/sh\nprintf '%s\\n' "$@" >>'${opened}'\n`;
}

/** Writes the settings of a desktop whose home this is. @returns the file of what was opened. */
export async function writeConfigs(home: string, colour: PanelColour): Promise<string> {
  const config = join(home, '.config');
  const opened = join(home, 'opened');
  const program = join(home, 'opener');
  const xfconf = join(config, 'xfce4', 'xfconf', 'xfce-perchannel-xml');
  const applications = join(home, '.local', 'share', 'applications');
  for (const folder of [xfconf, applications, join(config, 'dunst')]) await mkdir(folder, { recursive: true });
  const theme = join(home, '.themes', 'Adwaita-dark', 'gtk-3.0');
  await mkdir(theme, { recursive: true });
  await writeFile(join(theme, 'gtk.css'), DARK_THEME);
  await writeFile(join(xfconf, 'xfce4-panel.xml'), panel(colour));
  await writeFile(join(config, 'dunst', 'dunstrc'), dunst);
  await writeFile(opened, '');
  await writeFile(program, opener(opened), { mode: 0o755 });
  const types = ['inode/directory', 'x-scheme-handler/http', 'x-scheme-handler/https'];
  const entry = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Opener',
    `Exec=${program} %U`,
    `MimeType=${types.join(';')};`,
  ];
  await writeFile(join(applications, 'opener.desktop'), `${entry.join('\n')}\n`);
  const defaults = types.map((type) => `${type}=opener.desktop`);
  await writeFile(join(config, 'mimeapps.list'), `[Default Applications]\n${defaults.join('\n')}\n`);
  return opened;
}
