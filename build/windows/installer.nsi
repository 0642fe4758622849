; Portcullis for Windows as one program, with the options of Docker Desktop's installer. It hands the package inside it to Windows
; Installer, and ends with that one's exit code.
;   install [--quiet] --accept-license [--allowed-org=a;b] ...      uninstall [--quiet]
; makensis -DVERSION=1.2.3 -DMSI=portcullis.msi -DPRODUCT={...} -DOUT=PortcullisInstaller.exe -DICON=icon.ico installer.nsi
Target amd64-unicode
Unicode true
Name "Portcullis Gateway ${VERSION}"
OutFile "${OUT}"
Icon "${ICON}"
RequestExecutionLevel admin
SilentInstall silent
; The package is compressed already.
SetCompress off
ShowInstDetails nevershow
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Portcullis"
VIAddVersionKey "FileDescription" "Portcullis Gateway installer"
VIAddVersionKey "CompanyName" "${COMPANY}"
VIAddVersionKey "LegalCopyright" "Licensed under the Apache-2.0 license"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"

!include LogicLib.nsh
!include FileFunc.nsh

!define USAGE 87 ; ERROR_INVALID_PARAMETER

Var Rest ; what is left of the command line
Var Word
Var Verb
Var Quiet
Var Accepted
Var User
Var Properties
Var Policies ; whether any property was given
Var Log

; Takes the first word off Rest, without its quotes. (GetOptions of FileFunc.nsh ends a value at the next hyphen.)
Function NextWord
  StrCpy $Word ""
  StrCpy $1 "" ; inside quotes
  trim:
    StrCpy $0 $Rest 1
    StrCmp $0 " " 0 next
    StrCpy $Rest $Rest "" 1
    Goto trim
  next:
    StrCpy $0 $Rest 1
    StrCmp $0 "" done
    StrCpy $Rest $Rest "" 1
    StrCmp $0 '"' quote
    StrCmp $0$1 " " done
    StrCpy $Word "$Word$0"
    Goto next
  quote:
    StrCmp $1 "" 0 closed
    StrCpy $1 "q"
    Goto next
  closed:
    StrCpy $1 ""
    Goto next
  done:
FunctionEnd

; --name=value becomes PROPERTY="value". A value cannot hold a quote: NextWord leaves them out.
!macro Option NAME PROPERTY
  StrLen $2 "${NAME}="
  StrCpy $3 $Word $2
  ${If} $3 == "${NAME}="
    StrCpy $3 $Word "" $2
    StrCpy $Properties '$Properties ${PROPERTY}="$3"'
    StrCpy $Policies "1"
    Goto words
  ${EndIf}
!macroend

!macro Switch NAME VARIABLE
  ${If} $Word == "${NAME}"
    StrCpy ${VARIABLE} "1"
    Goto words
  ${EndIf}
!macroend

!macro Refuse TEXT
  DetailPrint "${TEXT}"
  System::Call 'kernel32::AttachConsole(i -1)'
  System::Call 'kernel32::GetStdHandle(i -12) p .r8'
  FileWrite $8 "${TEXT}$\r$\n"
  ${If} $Quiet != "1"
    MessageBox MB_ICONSTOP|MB_OK "${TEXT}"
  ${EndIf}
  SetErrorLevel ${USAGE}
  Quit
!macroend

Section
  ; A program of 32 bits would be led elsewhere; this one has 64.
  ${GetParameters} $Rest
  Call NextWord
  StrCpy $Verb $Word
  words:
    Call NextWord
    StrCmp $Word "" parsed
    !insertmacro Switch "--quiet" $Quiet
    !insertmacro Switch "--accept-license" $Accepted
    !insertmacro Switch "--user" $User
    !insertmacro Option "--allowed-org" "ALLOWEDORG"
    !insertmacro Option "--hub" "HUB"
    !insertmacro Option "--issuer" "ISSUER"
    !insertmacro Option "--client-id" "CLIENTID"
    !insertmacro Option "--policy-keys-file" "POLICYKEYSFILE"
    !insertmacro Option "--support-contact" "SUPPORTCONTACT"
    !insertmacro Option "--autostart" "AUTOSTART"
    !insertmacro Option "--attach" "ATTACH"
    StrCpy $3 $Word 6
    ${If} $3 == "--log="
      StrCpy $Log $Word "" 6
      Goto words
    ${EndIf}
    !insertmacro Refuse "Portcullis: there is no option $Word."
  parsed:

  StrCpy $4 "/qb"
  StrCmp $Quiet "1" 0 +2
    StrCpy $4 "/qn"
  StrCmp $Log "" +2
    StrCpy $4 '$4 /L*V "$Log"'

  ${If} $Verb == "uninstall"
    ExecWait '"$SYSDIR\msiexec.exe" /x ${PRODUCT} $4 /norestart' $5
    SetErrorLevel $5
    Quit
  ${EndIf}
  ${If} $Verb != "install"
    !insertmacro Refuse "Portcullis: say install or uninstall."
  ${EndIf}
  ${If} $User == "1"
    ${If} $Policies == "1"
      !insertmacro Refuse "Portcullis: --user sets no policies: those are for the whole machine. Leave out --user."
    ${EndIf}
    !insertmacro Refuse "Portcullis: the gateway is installed for the whole machine. Leave out --user."
  ${EndIf}
  ${If} $Accepted != "1"
    !insertmacro Refuse "Portcullis: accept the license (Apache-2.0) with --accept-license."
  ${EndIf}

  ; Below Program Files, and not in the folder for temporary files: there its user could exchange it before it is opened.
  StrCpy $6 "$PROGRAMFILES64\Portcullis Setup"
  SetOutPath "$6"
  ClearErrors
  File "/oname=portcullis-${VERSION}.msi" "${MSI}"
  ${If} ${Errors}
    !insertmacro Refuse "Portcullis: $6 cannot be written. Run this installer as an administrator."
  ${EndIf}
  ClearErrors
  ExecWait '"$SYSDIR\msiexec.exe" /i "$6\portcullis-${VERSION}.msi" $4 /norestart$Properties' $5
  ${If} ${Errors}
    StrCpy $5 1603
  ${EndIf}
  SetOutPath "$TEMP"
  RMDir /r "$6"
  SetErrorLevel $5
SectionEnd
